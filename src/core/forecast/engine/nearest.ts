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

  add(at: number, distance: number): void {
    let j = this.count < this.at.length ? this.count++ : this.count - 1;
    for (; j > 0 && (this.distance[j - 1] as number) > distance; j--) {
      this.distance[j] = this.distance[j - 1] as number;
      this.at[j] = this.at[j - 1] as number;
    }
    this.distance[j] = distance;
    this.at[j] = at;
  }
}
