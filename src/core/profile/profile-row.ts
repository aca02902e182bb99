import type { DeviceProfile } from "./device-profile.ts";
import { readDeviceProfiles } from "./own-profiles.ts";

/** A device profile as the fields of a dialog: texts, empty where nothing is declared. */
export type ProfileRow = Readonly<Record<RowField, string>>;
export type RowField =
  | "name"
  | "title"
  | "topic"
  | "sessionId"
  | "kind"
  | "fields"
  | "minBytes"
  | "maxBytes"
  | "pattern"
  | "periodMs"
  | "cv"
  | "burst"
  | "bytes"
  | "latencyMs"
  | "loss"
  | "order"
  | "priority";

const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const partsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** A new profile's row. */
export const NEW_ROW: ProfileRow = {
  name: "",
  title: "",
  topic: "",
  sessionId: "",
  kind: "",
  fields: "",
  minBytes: "",
  maxBytes: "",
  pattern: "periodic",
  periodMs: "60000",
  cv: "",
  burst: "",
  bytes: "100",
  latencyMs: "",
  loss: "none",
  order: "key",
  priority: "4",
};

/** What is written, as it is declared: nothing for an empty field, a number where it is one, else the text. */
function declared(row: ProfileRow, numbers: readonly RowField[], texts: readonly RowField[]): object {
  const all: [string, unknown][] = [];
  for (const field of [...texts, ...numbers]) {
    const text = row[field].trim();
    if (text === "") continue;
    const number = Number(text);
    // What is no number stays as it is: the check names it.
    all.push([field, numbers.includes(field) && Number.isFinite(number) ? number : text]);
  }
  return Object.fromEntries(all);
}

/** What a row declares, unchecked: kept although it is wrong, or nobody could mend it. */
export function declaredBy(row: ProfileRow): object {
  const fields = row.fields
    .split(",")
    .map((field) => field.trim())
    .filter((field) => field !== "");
  return {
    ...declared(row, ["bytes"], ["name", "title"]),
    match: {
      ...declared(row, ["minBytes", "maxBytes"], ["topic", "sessionId", "kind"]),
      ...(fields.length > 0 ? { fields } : undefined),
    },
    rhythm: declared(row, ["periodMs", "cv", "burst"], ["pattern"]),
    qos: declared(row, ["latencyMs", "priority"], ["loss", "order"]),
  };
}

/** The row of what is declared, also of what is wrong; empty where something is missing. */
export function rowOf(profile: unknown): ProfileRow {
  const { name, title, match, rhythm, bytes, qos } = partsOf(profile);
  const [rules, beat, service] = [partsOf(match), partsOf(rhythm), partsOf(qos)];
  const fields = rules["fields"];
  return {
    name: textOf(name),
    title: title === name ? "" : textOf(title),
    topic: textOf(rules["topic"]),
    sessionId: textOf(rules["sessionId"]),
    kind: textOf(rules["kind"]),
    fields: Array.isArray(fields) ? fields.join(", ") : textOf(fields),
    minBytes: textOf(rules["minBytes"]),
    maxBytes: textOf(rules["maxBytes"]),
    pattern: textOf(beat["pattern"]),
    periodMs: textOf(beat["periodMs"]),
    cv: textOf(beat["cv"]),
    burst: textOf(beat["burst"]),
    bytes: textOf(bytes),
    latencyMs: textOf(service["latencyMs"]),
    loss: textOf(service["loss"]),
    order: textOf(service["order"]),
    priority: textOf(service["priority"]),
  };
}

/** The profiles that rows declare. Throws StitchError `BAD_CONFIG` that names the place. */
export function profilesOf(rows: readonly ProfileRow[]): readonly DeviceProfile[] {
  return readDeviceProfiles(rows.map(declaredBy));
}
