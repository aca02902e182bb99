import { isAnyArrayBuffer, isDate } from "node:util/types";
import {
  decodeTimestampExtension,
  EXT_TIMESTAMP,
  ExtData,
  type ExtensionCodecType,
  encodeTimestampExtension,
} from "@msgpack/msgpack";

/** Extension types of the store's format; a number, once given, keeps its meaning for ever. */
const EXT = { INVALID_DATE: 0, BUFFER: 1, ARRAY_BUFFER: 13, BIGINT: 14 } as const;

type Bytes = Uint8Array<ArrayBuffer>;
type FromBytes = (bytes: Bytes) => unknown;

/** Numbers as the machine has them: little endian wherever Node.js runs today. */
const VIEWS: Readonly<Record<string, readonly [type: number, make: FromBytes]>> = {
  Uint8Array: [2, (bytes) => bytes],
  Int8Array: [3, ({ buffer }) => new Int8Array(buffer)],
  Uint8ClampedArray: [4, ({ buffer }) => new Uint8ClampedArray(buffer)],
  Int16Array: [5, ({ buffer }) => new Int16Array(buffer)],
  Uint16Array: [6, ({ buffer }) => new Uint16Array(buffer)],
  Int32Array: [7, ({ buffer }) => new Int32Array(buffer)],
  Uint32Array: [8, ({ buffer }) => new Uint32Array(buffer)],
  Float32Array: [9, ({ buffer }) => new Float32Array(buffer)],
  Float64Array: [10, ({ buffer }) => new Float64Array(buffer)],
  BigInt64Array: [11, ({ buffer }) => new BigInt64Array(buffer)],
  BigUint64Array: [12, ({ buffer }) => new BigUint64Array(buffer)],
};

/** Each is given bytes of its own, so that it is aligned and changes nobody else's. */
const DECODERS: ReadonlyMap<number, FromBytes> = new Map<number, FromBytes>([
  [EXT.INVALID_DATE, () => new Date(Number.NaN)],
  [EXT.BUFFER, ({ buffer }) => Buffer.from(buffer)],
  [EXT.ARRAY_BUFFER, ({ buffer }) => buffer],
  [EXT.BIGINT, (bytes) => BigInt(Buffer.from(bytes).toString("latin1"))],
  ...Object.values(VIEWS),
]);

/** An array takes a byte for each place, also where nothing is: more than the largest value holds. */
export const MAX_LENGTH = 16_777_216;

/** "Float64Array" and the like, of any realm. */
const tagOf = (view: ArrayBufferView): string => Object.prototype.toString.call(view).slice(8, -1);

function flawOfObject(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm (function nodes run in a vm context) have another Object.prototype.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) return `a ${value.constructor?.name ?? "class instance"}`;
  return Object.hasOwn(value, "__proto__") ? "a property named __proto__" : undefined;
}

/** Why a value itself (not what it holds) can't be stored. */
export function flawOf(value: unknown): string | undefined {
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (value === null || typeof value !== "object") return undefined;
  if (Array.isArray(value))
    return value.length > MAX_LENGTH ? `an array of ${value.length} places` : undefined;
  if (isDate(value) || isAnyArrayBuffer(value)) return undefined;
  if (!ArrayBuffer.isView(value)) return flawOfObject(value);
  return VIEWS[tagOf(value)] ? undefined : `a ${tagOf(value)}`;
}

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function encodeView(view: ArrayBufferView): ExtData | undefined {
  if (Buffer.isBuffer(view)) return new ExtData(EXT.BUFFER, view);
  const [type] = VIEWS[tagOf(view)] ?? [];
  return type === undefined ? undefined : new ExtData(type, bytesOf(view));
}

function encodeDate(date: Date): ExtData {
  const time = Date.prototype.getTime.call(date);
  if (Number.isNaN(time)) return new ExtData(EXT.INVALID_DATE, new Uint8Array(0));
  // One of this realm, which is what the library knows.
  return new ExtData(EXT_TIMESTAMP, encodeTimestampExtension(new Date(time)) ?? new Uint8Array(0));
}

/** What MessagePack lacks and Node-RED's flows keep: Buffers, typed arrays, dates of any realm, big integers. */
export const valueExtensions: ExtensionCodecType<undefined> = {
  tryToEncode(value) {
    if (Array.isArray(value) && value.length <= MAX_LENGTH) return null;
    if (typeof value === "bigint") return new ExtData(EXT.BIGINT, Buffer.from(String(value), "latin1"));
    if (ArrayBuffer.isView(value)) {
      const encoded = encodeView(value);
      if (encoded) return encoded;
    }
    if (isDate(value)) return encodeDate(value);
    if (isAnyArrayBuffer(value)) return new ExtData(EXT.ARRAY_BUFFER, new Uint8Array(value));
    const flaw = flawOf(value);
    if (flaw) throw new TypeError(`must be plain data, got ${flaw}`);
    return null;
  },
  decode(data, type) {
    if (type === EXT_TIMESTAMP) return decodeTimestampExtension(data);
    const decoder = DECODERS.get(type);
    if (!decoder) throw new TypeError(`unknown extension type ${type}`);
    return decoder(Uint8Array.from(data));
  },
};
