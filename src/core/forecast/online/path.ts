/** A forecast made elsewhere (another model, another thread): the values of the steps after its origin. */
export type Path = readonly number[];

/** A path with the variance of each of its points, as npm `arima` gives it. */
export interface PathWithVariance {
  readonly points: Path;
  readonly variances: readonly number[];
}

export interface PathJob {
  /** One series; a newer job of the same series takes the place of one that still waits. */
  readonly series: string;
  /** Oldest first, all finite. */
  readonly values: readonly number[];
  /** Points wanted. */
  readonly h: number;
  /** Called at most once, later; not at all where the job failed or was dropped. */
  readonly deliver: (path: PathWithVariance) => void;
}

/** Makes paths off the main loop. */
export interface PathSource {
  request(job: PathJob): void;
}

/** A wish for what the network, trained on the whole fleet, says of one series. */
export interface NetworkJob {
  readonly series: string;
  /** Oldest first; NaN = missing. */
  readonly values: Float64Array;
  /** Points wanted. */
  readonly h: number;
  /** Called at most once, later; with an empty path where the network does not beat seasonal naive on this series. */
  readonly deliver: (path: Path) => void;
}

/** The network off the main loop. */
export interface NetworkSource {
  /** Whether it was trained: before, there is nothing to ask. */
  readonly isReady: boolean;
  request(job: NetworkJob): void;
}
