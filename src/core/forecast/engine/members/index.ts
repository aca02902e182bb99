import { analogs } from "./analogs.ts";
import { decomposition } from "./decomposition.ts";
import { recentMedian } from "./level.ts";
import type { MemberTable } from "./member.ts";
import { multiScale } from "./multi-scale.ts";
import { seasonAnalogs } from "./season-analogs.ts";
import { seasonalDifferences } from "./seasonal-differences.ts";

/** Those that every series is tried with. */
export const members: MemberTable = {
  median: recentMedian,
  "analogs-short": analogs(0.7),
  "analogs-long": analogs(0.97),
  "multi-scale": multiScale,
  decomposition,
  "season-analogs": seasonAnalogs,
  "seasonal-differences": seasonalDifferences,
};
