/** The nearest few of many, kept sorted, nearest first. */
export class Nearest {
  readonly at: Int32Array;
  readonly distance: Float64Array;
  count = 0;

  constructor(capacity: number) {
    this.at = new Int32Array(capacity);
    this.distance = new Float64Array(capacity);
  }

  /** Distance above which nothing more gets in. */
  get farthest(): number {
    return this.count < this.at.length ? Number.POSITIVE_INFINITY : (this.distance[this.count - 1] as number);
  }

  /** To be used again. */
  clear(): this {
    this.count = 0;
    return this;
  }

  /** Returns `farthest` as it is then. */
  add(at: number, distance: number): number {
    const distances = this.distance;
    const places = this.at;
    const isFull = this.count === places.length;
    let j = isFull ? this.count - 1 : this.count++;
    for (; j > 0; j--) {
      const before = distances[j - 1] as number;
      if (before <= distance) break;
      distances[j] = before;
      places[j] = places[j - 1] as number;
    }
    distances[j] = distance;
    places[j] = at;
    return this.count < places.length ? Number.POSITIVE_INFINITY : (distances[this.count - 1] as number);
  }
}
