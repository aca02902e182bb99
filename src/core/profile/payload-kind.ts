import type { DataKind } from "../forecast/session-profile.ts";
import { type Characters, isText, jsonShape, numberShape } from "./text-shape.ts";

/** All kinds, in the order of the indices that meters count by. */
export const DATA_KINDS: readonly DataKind[] = ["json", "binary", "text", "image", "number"];

const startsWith = (bytes: Uint8Array, at: number, text: string): boolean => {
  if (bytes.length < at + text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
};

/** Brands of still images in ISO media files (ISO 14496-12 §4.3; AVIF §9, HEIF annex B). */
const MEDIA_BRANDS = ["avif", "avis", "heic", "heix", "mif1", "msf1"];

/** A bitmap's header holds the file's size (BITMAPFILEHEADER): "BM" alone is a text's beginning, too. */
function isBitmap(bytes: Uint8Array): boolean {
  if (!startsWith(bytes, 0, "BM") || bytes.length < 26) return false;
  const [, , a = 0, b = 0, c = 0, d = 0] = bytes;
  return a + b * 0x100 + c * 0x1_0000 + d * 0x100_0000 === bytes.length;
}

/** By the magic numbers of WHATWG MIME Sniffing §6.1, and those of TIFF, AVIF and HEIC. */
function isImage(bytes: Uint8Array): boolean {
  switch (bytes[0]) {
    case 0xff:
      return bytes[1] === 0xd8 && bytes[2] === 0xff;
    case 0x89:
      return startsWith(bytes, 1, "PNG\r\n\x1a\n");
    case 0x47:
      return startsWith(bytes, 0, "GIF87a") || startsWith(bytes, 0, "GIF89a");
    case 0x52:
      return startsWith(bytes, 0, "RIFF") && startsWith(bytes, 8, "WEBP");
    case 0x42:
      return isBitmap(bytes);
    case 0x49:
      return startsWith(bytes, 0, "II*\0");
    case 0x4d:
      return startsWith(bytes, 0, "MM\0*");
    case 0x00:
      return startsWith(bytes, 4, "ftyp") && MEDIA_BRANDS.some((brand) => startsWith(bytes, 8, brand));
    case 0x3c:
      return startsWith(bytes, 0, "<svg");
    default:
      return false;
  }
}

/** How images look as text: a data URL (RFC 2397), SVG, and the Base64 of the JPEG and PNG magic numbers. */
const IMAGE_TEXTS = ["data:image/", "<svg", "/9j/4", "iVBORw0KGgo"];
const isImageText = (text: string): boolean => IMAGE_TEXTS.some((start) => text.startsWith(start));

function characterKind(text: Characters): DataKind {
  if (jsonShape(text)) return "json";
  if (numberShape(text)) return "number";
  return isText(text) ? "text" : "binary";
}

function objectKind(payload: object): DataKind {
  if (payload instanceof Uint8Array) return isImage(payload) ? "image" : characterKind(payload);
  return ArrayBuffer.isView(payload) || payload instanceof ArrayBuffer ? "binary" : "json";
}

/**
 * Kind of a payload by its content, whatever its sender says: looks at both ends only, so the cost is the same for
 * ten bytes and for ten megabytes. Nothing at all counts as empty text.
 */
export function payloadKind(payload: unknown): DataKind {
  if (payload === null || payload === undefined) return "text";
  switch (typeof payload) {
    case "string":
      return isImageText(payload) ? "image" : characterKind(payload);
    case "object":
      return objectKind(payload);
    case "number":
    case "bigint":
      return "number";
    default:
      return "json";
  }
}
