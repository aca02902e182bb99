/** Deeper nesting is refused: what reads the data afterwards may recurse. */
const MAX_DEPTH = 64;

/** Bytes after the type byte for 0xc0..0xdf: [bytes of the length field, fixed bytes besides]; undefined: see code. */
const FIXED: readonly number[] = [
  // nil, (never used), false, true, bin 8 16 32, ext 8 16 32, float 32 64, uint 8 16 32 64, int 8 16 32 64, fixext 1 2 4 8 16
  0,
  -1, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0,
];
/** Bytes of the length field for 0xc0..0xdf: bin, ext, str, array, map. */
const LENGTH_BYTES: readonly number[] = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
];

const cut = (): never => {
  throw new RangeError("it ends in the middle of a value");
};

/** Head of the value at `at`: where what follows it begins, and how many values that are its own follow. */
class Head {
  end = 0;
  children = 0;

  read(bytes: Buffer, at: number): void {
    const type = bytes[at] ?? cut();
    this.end = at + 1;
    this.children = 0;
    if (type < 0x80 || type >= 0xe0) return;
    if (type < 0x90) this.children = 2 * (type & 0x0f);
    else if (type < 0xa0) this.children = type & 0x0f;
    else if (type < 0xc0) this.end += type & 0x1f;
    else this.#readLong(bytes, type);
  }

  #readLong(bytes: Buffer, type: number): void {
    const fixed = FIXED[type - 0xc0] as number;
    if (fixed < 0) throw new RangeError("0xc1 is no MessagePack type");
    const lengthBytes = LENGTH_BYTES[type - 0xc0] as number;
    if (this.end + lengthBytes > bytes.length) cut();
    const length = lengthBytes === 0 ? 0 : bytes.readUIntBE(this.end, lengthBytes);
    this.end += fixed + lengthBytes;
    if (type < 0xdc) this.end += length;
    else this.children = type < 0xde ? length : 2 * length;
  }
}

/** Values still to come in each array and map that is not complete. */
class Nesting {
  readonly #toCome: number[] = [];

  /** A value of `children` values has begun; true: with it all is complete. */
  add(children: number): boolean {
    const toCome = this.#toCome;
    if (children > 0) {
      if (toCome.length === MAX_DEPTH) throw new RangeError(`it nests deeper than ${MAX_DEPTH}`);
      toCome.push(children);
      return false;
    }
    for (let left = toCome.pop(); left !== undefined; left = toCome.pop()) {
      if (left > 1) {
        toCome.push(left - 1);
        return false;
      }
    }
    return true;
  }
}

/**
 * Where the MessagePack value at `start` ends, without reading it. A decoder allocates an array by the length that its
 * head claims, so a few untrusted bytes could claim gigabytes: here all that is claimed must be there. Also tells the
 * envelopes of a batch apart, so that one that can't be read doesn't take the next with it.
 * Throws RangeError for bytes that are no MessagePack.
 */
export function endOfValue(bytes: Buffer, start: number): number {
  const head = new Head();
  const nesting = new Nesting();
  for (let at = start; ; ) {
    head.read(bytes, at);
    at = head.end;
    if (at + head.children > bytes.length) cut();
    if (nesting.add(head.children)) return at;
  }
}
