/** A text, or the bytes of one as UTF-8. */
export type Characters = string | Uint8Array;

/** Characters from the start that must be those of a text: enough to tell binary data by its control bytes. */
const LOOKED_AT = 128;
/** Longest number as text: 17 digits, sign, dot, exponent, and blanks around. */
const MAX_NUMBER = 32;
/** Blanks that are skipped at either end. */
const MAX_BLANKS = 64;
/** What a decoder puts for bytes that are no UTF-8: the "text" was binary. */
const REPLACEMENT = 0xfffd;

const codeAt = (text: Characters, i: number): number =>
  typeof text === "string" ? text.charCodeAt(i) : (text[i] as number);

const isBlank = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Index of the first character that is no blank. */
function firstOf(text: Characters, from: number): number {
  const end = Math.min(text.length, from + MAX_BLANKS);
  let i = from;
  while (i < end && isBlank(codeAt(text, i))) i++;
  return i;
}

/** Index of the last character that is no blank. */
function lastOf(text: Characters): number {
  const end = Math.max(0, text.length - MAX_BLANKS);
  let i = text.length - 1;
  while (i > end && isBlank(codeAt(text, i))) i--;
  return i;
}

/** `" { [ - ]`, a digit, or the first letter of true, false, null: what may follow an array's bracket. */
function startsValue(code: number): boolean {
  return isDigit(code) || '"{[-]tfn'.includes(String.fromCharCode(code));
}

/** An object or array by its ends (RFC 8259 §4, §5): `{"…}`, `[1…]`; `[INFO] ready` is none. */
export function jsonShape(text: Characters): boolean {
  const first = firstOf(text, 0);
  if (first + 1 >= text.length) return false;
  const opening = codeAt(text, first);
  if (opening !== 0x7b && opening !== 0x5b) return false;
  const closing = codeAt(text, lastOf(text));
  const next = codeAt(text, firstOf(text, first + 1));
  if (opening === 0x7b) return closing === 0x7d && (next === 0x22 || next === 0x7d);
  return closing === 0x5d && startsValue(next);
}

/** Index after the digits that begin at `from`. */
function afterDigits(text: Characters, from: number): number {
  let i = from;
  while (i < text.length && isDigit(codeAt(text, i))) i++;
  return i;
}

const isSign = (code: number): boolean => code === 0x2b || code === 0x2d;

/** One decimal number, blanks around it allowed: "21.5", "-3e8". */
export function numberShape(text: Characters): boolean {
  const { length } = text;
  if (length === 0 || length > MAX_NUMBER) return false;
  let i = firstOf(text, 0);
  if (isSign(codeAt(text, i))) i++;
  const whole = afterDigits(text, i);
  let digits = whole - i;
  i = whole;
  if (codeAt(text, i) === 0x2e) {
    const fraction = afterDigits(text, i + 1);
    digits += fraction - i - 1;
    i = fraction;
  }
  if (digits === 0) return false;
  if ((codeAt(text, i) | 0x20) === 0x65) {
    const sign = isSign(codeAt(text, i + 1)) ? 1 : 0;
    const exponent = afterDigits(text, i + 1 + sign);
    if (exponent > i + 1 + sign) i = exponent;
  }
  return firstOf(text, i) === length;
}

/** Bytes of a UTF-8 sequence by its first byte (RFC 3629 §3); 0: none begins so. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

/** Control characters that don't occur in texts (WHATWG MIME Sniffing §3, binary data byte). */
const isBinaryCode = (code: number): boolean =>
  code < 0x20 && (code <= 0x08 || code === 0x0b || (code >= 0x0e && code !== 0x1b));

function isUtf8(bytes: Uint8Array, end: number): boolean {
  for (let i = 0; i < end; ) {
    const first = bytes[i] as number;
    const length = sequenceLength(first);
    if (length === 0 || isBinaryCode(first)) return false;
    for (let k = 1; k < length && i + k < end; k++)
      if (((bytes[i + k] as number) & 0xc0) !== 0x80) return false;
    i += length;
  }
  return true;
}

/** Whether the first characters are a text's. */
export function isText(text: Characters): boolean {
  const end = Math.min(text.length, LOOKED_AT);
  if (typeof text !== "string") return text.length > 0 && isUtf8(text, end);
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (isBinaryCode(code) || code === REPLACEMENT) return false;
  }
  return true;
}
