import { autoregression } from "./autoregression.ts";
import { dampedTrend } from "./damped-trend.ts";
import { fourier } from "./fourier.ts";
import { intermittent } from "./intermittent.ts";
import type { MemberTable } from "./member.ts";
import { naive } from "./naive.ts";
import { sarima } from "./sarima.ts";
import { seasonalLags } from "./seasonal-lags.ts";
import { smoothing } from "./smoothing.ts";
import { theta } from "./theta.ts";

/** Those that were tried and gained too little for what they cost (docs/forecast.md): for whoever asks for them. */
export const furtherMembers: MemberTable = {
  naive,
  ses: smoothing,
  ar: autoregression,
  "seasonal-lags": seasonalLags,
  sarima,
  theta,
  "damped-trend": dampedTrend,
  intermittent,
  fourier,
};
