/** What a coarse bin holds, in a byte: the sum of a count or of bytes on a logarithmic scale, or why there is none. */
export type BinCode = number;

/** The device was silent where it should have spoken, while the gateway listened. */
export const OFFLINE: BinCode = 254;
/** Nobody listened. */
export const UNKNOWN: BinCode = 255;

const MOST: BinCode = 253;
/** Codes per unit of log1p: a step is 10 %, so a sum is off by 5 % at most; 253 of them reach 9.7e10 bytes a bin. */
const PER_UNIT = 10;

/** `sum` ≥ 0. */
export function codeOf(sum: number): BinCode {
  return Math.min(MOST, Math.round(PER_UNIT * Math.log1p(sum)));
}

export function isSum(code: BinCode): boolean {
  return code <= MOST;
}

/** log1p of the sum that a code stands for. */
export function logOf(code: BinCode): number {
  return code / PER_UNIT;
}
