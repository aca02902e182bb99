import { quote, StitchError } from "../../errors.ts";
import { inputSize, type Parameters, parameterCount, parameters, type Shape } from "./shape.ts";

/**
 * Saved weights: "LSTM", a version, the inputs of a step and the three sizes, as 32-bit little-endian integers, then
 * the weights as 32-bit floats. The version changes whenever the same weights would mean something else.
 */
const MAGIC = 0x4d54534c;
const VERSION = 1;
const HEADER_BYTES = 24;
/** Sizes beyond these are not ours: a header from anywhere must not make us allocate. */
const MAX_SIZE = 512;
const MAX_PARAMETERS = 4_000_000;
/** No trained weight comes near. */
const MAX_WEIGHT = 1e4;

export function saveWeights({ shape, data }: Parameters): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 4 * data.length);
  const view = new DataView(bytes.buffer);
  const header = [MAGIC, VERSION, inputSize(shape), shape.patch, shape.horizon, shape.hidden];
  header.forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  for (let i = 0; i < data.length; i++) view.setFloat32(HEADER_BYTES + 4 * i, data[i] as number, true);
  return bytes;
}

const bad = (what: string): StitchError => new StitchError("STORE_CORRUPT", `LSTM weights ${what}`);

/** Weights from a store or a wire: untrusted. */
export function readWeights(bytes: Uint8Array): Parameters {
  if (!(bytes instanceof Uint8Array)) throw bad(`must be bytes, got ${quote(bytes)}`);
  if (bytes.length < HEADER_BYTES) throw bad(`must be at least ${HEADER_BYTES} bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = readShape((i) => view.getUint32(4 * i, true));
  const count = parameterCount(shape);
  if (count > MAX_PARAMETERS) throw bad(`must be at most ${MAX_PARAMETERS}, got ${count}`);
  if (bytes.length !== HEADER_BYTES + 4 * count)
    throw bad(`must be ${HEADER_BYTES + 4 * count} bytes for these sizes, got ${bytes.length}`);
  const data = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = view.getFloat32(HEADER_BYTES + 4 * i, true);
    if (!(Math.abs(value) <= MAX_WEIGHT)) throw bad(`must be within ±${MAX_WEIGHT}, got ${value}`);
    data[i] = value;
  }
  return parameters(shape, data);
}

function readShape(field: (i: number) => number): Shape {
  if (field(0) !== MAGIC) throw bad("must begin with LSTM");
  if (field(1) !== VERSION) throw bad(`must be of version ${VERSION}, got ${field(1)}`);
  const shape: Shape = { patch: field(3), horizon: field(4), hidden: field(5) };
  for (const [name, size] of Object.entries(shape) as [string, number][])
    if (size < 1 || size > MAX_SIZE) throw bad(`must have a ${name} of 1 to ${MAX_SIZE}, got ${size}`);
  if (field(2) !== inputSize(shape))
    throw bad(`must have ${inputSize(shape)} inputs a step, got ${field(2)}`);
  return shape;
}
