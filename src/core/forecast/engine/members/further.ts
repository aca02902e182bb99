import { dampedTrend } from "./damped-trend.ts";
import { fourier } from "./fourier.ts";
import { intermittent } from "./intermittent.ts";
import type { MemberTable } from "./member.ts";
import { sarima } from "./sarima.ts";
import { theta } from "./theta.ts";

/** Those that were tried and gained too little for what they cost (docs/forecast.md): for whoever asks for them. */
export const furtherMembers: MemberTable = {
  sarima,
  theta,
  "damped-trend": dampedTrend,
  intermittent,
  fourier,
};
