import { quote, StitchError } from "../errors.ts";
import type { DeviceProfile } from "./device-profile.ts";
import { deviceProfilesSchema, MAX_FILE } from "./device-profile-schema.ts";
import { checkBySchema } from "./read-by-schema.ts";

const PATTERNS_WITH_PERIOD: readonly string[] = ["periodic", "streaming", "keep-alive"];

/** Device profiles as a user declares them: the title may be absent. */
type Declared = Omit<DeviceProfile, "title"> & { readonly title?: string };

function checkTogether({ name, match, rhythm }: Declared, at: string): void {
  const { minBytes = 0, maxBytes = Number.POSITIVE_INFINITY } = match;
  const complain = (what: string): never => {
    throw new StitchError("BAD_CONFIG", `${at}${what} (profile ${quote(name)})`);
  };
  if (minBytes > maxBytes)
    complain(`.match.minBytes must be at most maxBytes, got ${minBytes} and ${maxBytes}`);
  if (PATTERNS_WITH_PERIOD.includes(rhythm.pattern) && rhythm.periodMs === undefined)
    complain(`.rhythm.periodMs is missing, and a ${rhythm.pattern} device has one`);
}

/**
 * A user's own device profiles: from a node's configuration, or the content of an imported file. Throws StitchError
 * `BAD_CONFIG` that names the place: "profiles[2].rhythm.periodMs must be …".
 */
export function readDeviceProfiles(value: unknown): readonly DeviceProfile[] {
  checkBySchema(value, deviceProfilesSchema, "profiles");
  const names = new Map<string, number>();
  return (value as readonly Declared[]).map((profile, i) => {
    const at = `profiles[${i}]`;
    checkTogether(profile, at);
    const before = names.get(profile.name);
    if (before !== undefined)
      throw new StitchError(
        "BAD_CONFIG",
        `${at}.name must be unique, got ${quote(profile.name)} as in profiles[${before}]`,
      );
    names.set(profile.name, i);
    return { ...profile, title: profile.title ?? profile.name };
  });
}

/** The same from a file's text, which anybody may have written. */
export function parseDeviceProfiles(text: string): readonly DeviceProfile[] {
  if (text.length > MAX_FILE)
    throw new StitchError(
      "BAD_CONFIG",
      `profiles must be a text of at most ${MAX_FILE} characters, got ${text.length}`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StitchError("BAD_CONFIG", `profiles must be JSON: ${why}`, { cause: error });
  }
  // One alone is what people paste.
  return readDeviceProfiles(Array.isArray(value) ? value : [value]);
}

/** What an export holds: what `parseDeviceProfiles` reads. */
export function formatDeviceProfiles(profiles: readonly DeviceProfile[]): string {
  return `${JSON.stringify(profiles, null, 2)}\n`;
}

/** Those that were there, with those that come: of the same name the newer one, in its place. */
export function mergedProfiles(
  known: readonly DeviceProfile[],
  added: readonly DeviceProfile[],
): readonly DeviceProfile[] {
  const newer = new Map(added.map((profile) => [profile.name, profile]));
  const names = new Set(known.map(({ name }) => name));
  return [
    ...known.map((profile) => newer.get(profile.name) ?? profile),
    ...added.filter(({ name }) => !names.has(name)),
  ];
}
