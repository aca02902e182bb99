export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  /** Norm that a longer gradient is cut down to (Pascanu et al. 2013). */
  readonly clipNorm?: number;
  /** Decoupled weight decay per unit of rate (Loshchilov & Hutter 2019). */
  readonly decay?: number;
}

const EPSILON = 1e-8;

/** Adam (Kingma & Ba 2015, algorithm 1) on weights of one length. */
export class Adam {
  readonly #mean: Float64Array;
  readonly #square: Float64Array;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #clipNorm: number;
  readonly #decay: number;
  #steps = 0;

  constructor(count: number, { beta1 = 0.9, beta2 = 0.99, clipNorm = 1, decay = 0 }: AdamOptions = {}) {
    this.#mean = new Float64Array(count);
    this.#square = new Float64Array(count);
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#clipNorm = clipNorm;
    this.#decay = decay;
  }

  /** Moves the weights against the gradient; a gradient that is not finite moves nothing. */
  step(weights: Float64Array, gradient: Float64Array, rate: number): void {
    const norm = lengthOf(gradient);
    if (!Number.isFinite(norm)) return;
    const cut = norm > this.#clipNorm ? this.#clipNorm / norm : 1;
    this.#steps++;
    const [b1, b2] = [this.#beta1, this.#beta2];
    const meanStep = rate / (1 - b1 ** this.#steps);
    const squareScale = 1 / (1 - b2 ** this.#steps);
    const kept = 1 - rate * this.#decay;
    for (let i = 0; i < weights.length; i++) {
      const g = cut * (gradient[i] as number);
      const m = b1 * (this.#mean[i] as number) + (1 - b1) * g;
      const v = b2 * (this.#square[i] as number) + (1 - b2) * g * g;
      this.#mean[i] = m;
      this.#square[i] = v;
      weights[i] = kept * (weights[i] as number) - (meanStep * m) / (Math.sqrt(v * squareScale) + EPSILON);
    }
  }
}

function lengthOf(vector: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2;
  return Math.sqrt(sum);
}
