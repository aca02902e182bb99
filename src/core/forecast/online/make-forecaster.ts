import { BestForecaster } from "./best-forecaster.ts";
import { History } from "./history.ts";
import { OnlineEnsemble } from "./online-ensemble.ts";
import { linearScale, log1pScale } from "./scale.ts";
import type { MakeForecaster } from "./series-forecaster.ts";

/** Values kept to fit on: an hour of steps of 10 s. */
const MOST_VALUES = 360;

/** The one place that says which forecaster the nodes use. */
export const makeForecaster: MakeForecaster = (spec) => {
  const scale = spec.nonNegative ? log1pScale : linearScale;
  const history =
    spec.fits || spec.paths || spec.network ? new History(MOST_VALUES, scale.values) : undefined;
  const options = { ...spec, scale, history };
  return new BestForecaster(options, new OnlineEnsemble(options));
};
