/** The LSTM member: a global model over all sessions, trained on the gateway (see LstmTraining), read by LstmForecaster. */

export { LstmForecaster } from "./lstm-forecaster.ts";
export { type LstmMember, lstmMember } from "./lstm-member.ts";
export { type ProvenPath, provenPath } from "./proven-path.ts";
export type { SeriesView } from "./series-view.ts";
export { DEFAULT_SHAPE, DEFAULT_STEPS, type Parameters, parameterCount, type Shape } from "./shape.ts";
export { teachingSeries } from "./teaching-series.ts";
export { LstmTraining, type TrainingOptions, type TrainingProgress } from "./training.ts";
export { readWeights, saveWeights } from "./weights.ts";
