/** Messages between two threads of one turn of the event loop, with the bytes that belong to them. */
export interface Parcel<Item> {
  readonly items: readonly Item[];
  /** The items' values one after the other, in one transferable buffer. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Collects a parcel. Values are packed into a buffer of their own: a clone of a small Buffer would carry the
 * whole slab it is a view of, and a transfer would take the caller's memory away.
 */
export class ParcelWriter<Item> {
  #items: Item[] = [];
  #values: Uint8Array[] = [];
  #size = 0;

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  /** Appends a value of the item that is added next, or was last. */
  append(value: Uint8Array): void {
    this.#values.push(value);
    this.#size += value.byteLength;
  }

  /** What was collected; the writer is empty afterwards. */
  take(): Parcel<Item> {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const value of this.#values) {
      bytes.set(value, at);
      at += value.byteLength;
    }
    const parcel = { items: this.#items, bytes };
    this.#items = [];
    this.#values = [];
    this.#size = 0;
    return parcel;
  }
}

/** Reads the values of a parcel in the order in which they were appended. */
export class ParcelReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** A view of the parcel's memory. */
  view(size: number): Uint8Array<ArrayBuffer> {
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  /** A copy: what keeps one value does not keep the whole parcel. */
  copy(size: number): Uint8Array<ArrayBuffer> {
    return this.view(size).slice();
  }
}
