import { fitLags, type LagModel, lagsOf, predictLags } from "../lag-regression.ts";
import { fromLog, type LogScale, logsOfPast, scaleOfPast } from "../log-scale.ts";
import type { Member } from "./member.ts";

/** Autoregression (Yule 1927) on a logarithmic scale, without seasons. */
export interface AutoregressionModel {
  readonly scale: LogScale;
  readonly lags: LagModel;
}

const ORDER = 12;

export const autoregression: Member<AutoregressionModel> = {
  name: "ar",

  fit(past, length, _setting, start) {
    const scale = start?.scale ?? scaleOfPast(past, length);
    const lags = fitLags(logsOfPast(past, scale).subarray(0, length), past.seen, ORDER, start?.lags);
    return lags && { scale, lags };
  },

  path({ scale, lags }, past, origin, h) {
    const recent = logsOfPast(past, scale).subarray(Math.max(0, origin - lagsOf(lags)), origin);
    return predictLags(lags, recent, h).map((value) => fromLog(scale, value));
  },
};
