import type { Random } from "../../ports.ts";
import type { Share } from "../../units.ts";
import type { Series } from "../forecaster.ts";
import { Adam } from "./adam.ts";
import { type Batch, emptyBatch } from "./batch.ts";
import { initialParameters } from "./initial.ts";
import { Network } from "./network.ts";
import { DEFAULT_SHAPE, DEFAULT_STEPS, type Parameters, parameters, type Shape } from "./shape.ts";
import { TrainingFleet } from "./training-fleet.ts";

export interface TrainingOptions {
  readonly shape?: Shape;
  /** Steps of the LSTM that a window spans: the context is `steps × patch` points. */
  readonly steps?: number;
  /** Windows a batch. */
  readonly batch?: number;
  /** Highest learning rate. */
  readonly rate?: number;
  /** Share of each series' time, the latest, that is held back for early stopping. */
  readonly heldBack?: Share;
  /** Batches between two looks at the held-back time. */
  readonly checkEvery?: number;
  /** Looks without progress after which training stops. */
  readonly patience?: number;
  /** Weights to go on from; their shape is kept. */
  readonly from?: Parameters;
}

export interface TrainingProgress {
  readonly batches: number;
  /** Loss of the latest batch. */
  readonly loss: number;
  /** Least loss on held-back time; Infinity before the first look. */
  readonly heldBackLoss: number;
  /** More steps would not help, or there is nothing to learn from. */
  readonly isDone: boolean;
}

/** Part of the budget in which the rate rises to its highest value. */
const WARM_UP: Share = 0.03;
/** Batches over which the weights that are kept are averaged (Polyak & Juditsky 1992). */
const AVERAGED_BATCHES = 60;

/** Trains one network on many series, a batch a step, so that the caller can stop at any time. */
export class LstmTraining {
  readonly #options: Required<Omit<TrainingOptions, "from">>;
  readonly #random: Random;
  readonly #weights: Parameters;
  readonly #averaged: Parameters;
  readonly #gradient: Parameters;
  readonly #best: Float64Array;
  readonly #adam: Adam;
  readonly #network: Network;
  readonly #batch: Batch;
  readonly #fleet: TrainingFleet;
  #batches = 0;
  #loss = Number.NaN;
  #heldBackLoss = Number.POSITIVE_INFINITY;
  #looksInVain = 0;

  constructor(fleet: readonly Series[], random: Random, { from, ...options }: TrainingOptions = {}) {
    const shape = from?.shape ?? options.shape ?? DEFAULT_SHAPE;
    const defaults = {
      steps: DEFAULT_STEPS,
      batch: 16,
      rate: 3e-3,
      heldBack: 0.15,
      checkEvery: 40,
      patience: 15,
    };
    this.#options = { ...defaults, ...options, shape };
    const { steps, batch, heldBack } = this.#options;
    this.#random = random;
    this.#weights = from ? parameters(shape, from.data.slice()) : initialParameters(shape, random);
    this.#averaged = parameters(shape, this.#weights.data.slice());
    this.#gradient = parameters(shape);
    this.#best = this.#weights.data.slice();
    this.#adam = new Adam(this.#best.length);
    this.#network = new Network(shape, steps, batch);
    this.#batch = emptyBatch(shape, steps, batch);
    this.#fleet = new TrainingFleet(fleet, shape, this.#batch, heldBack);
  }

  /** The best weights so far, by their loss on held-back time. */
  get best(): Parameters {
    return parameters(this.#options.shape, this.#best.slice());
  }

  /** Learns from one batch. `spent`: the part of the training's budget that is used up; the rate falls with it. */
  step(spent: Share): TrainingProgress {
    if (this.#fleet.isEmpty) return this.#progress(true);
    this.#fleet.draw(this.#random);
    this.#gradient.data.fill(0);
    this.#loss = this.#network.learn(this.#weights, this.#batch, this.#gradient);
    this.#adam.step(this.#weights.data, this.#gradient.data, this.#options.rate * rateAt(spent));
    this.#batches++;
    this.#average();
    if (this.#batches % this.#options.checkEvery === 0) this.#check();
    return this.#progress(this.#looksInVain > this.#options.patience);
  }

  /** A last look at held-back time, when the budget is spent. */
  finish(): TrainingProgress {
    if (!this.#fleet.isEmpty && this.#batches % this.#options.checkEvery !== 0) this.#check();
    return this.#progress(true);
  }

  #progress(isDone: boolean): TrainingProgress {
    return { batches: this.#batches, loss: this.#loss, heldBackLoss: this.#heldBackLoss, isDone };
  }

  #average(): void {
    const { data } = this.#averaged;
    const latest = this.#weights.data;
    const share = 1 / Math.min(this.#batches, AVERAGED_BATCHES);
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      data[i] = value + share * ((latest[i] as number) - value);
    }
  }

  #check(): void {
    const loss = this.#fleet.check(() => this.#network.loss(this.#averaged, this.#batch));
    if (loss < this.#heldBackLoss) {
      this.#heldBackLoss = loss;
      this.#best.set(this.#averaged.data);
      this.#looksInVain = 0;
    } else this.#looksInVain++;
  }
}

/** Rises linearly, then falls as half a cosine (Loshchilov & Hutter 2017), of the highest rate. */
function rateAt(spent: Share): number {
  if (spent < WARM_UP) return 0.02 + (0.98 * spent) / WARM_UP;
  return 0.5 * (1 + Math.cos((Math.PI * Math.min(1 - WARM_UP, spent - WARM_UP)) / (1 - WARM_UP)));
}
