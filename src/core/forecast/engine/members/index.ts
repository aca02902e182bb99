import { analogs } from "./analogs.ts";
import { decomposition } from "./decomposition.ts";
import { recentMedian } from "./level.ts";
import type { Member } from "./member.ts";
import { multiScale } from "./multi-scale.ts";
import { seasonAnalogs } from "./season-analogs.ts";

/** The members by the name under which a fit keeps their models; a fit of an older version may hold others. */
export const members: Readonly<Record<string, Member>> = {
  median: recentMedian,
  "analogs-short": analogs(0.7),
  "analogs-long": analogs(0.97),
  "multi-scale": multiScale,
  decomposition,
  "season-analogs": seasonAnalogs,
};
