import type { DeviceProfile } from "./device-profile.ts";
import { energy } from "./library/energy.ts";
import { field } from "./library/field.ts";
import { home } from "./library/home.ts";
import { industry } from "./library/industry.ts";
import { lorawan } from "./library/lorawan.ts";

/**
 * The library of declared device profiles. Rhythms and sizes are those of the firmwares' defaults and documentation;
 * each is a prior only: what is measured replaces it.
 */
export const DEVICE_PROFILES: readonly DeviceProfile[] = [
  ...lorawan,
  ...home,
  ...energy,
  ...industry,
  ...field,
];

export function findDeviceProfile(name: string): DeviceProfile | undefined {
  return DEVICE_PROFILES.find((profile) => profile.name === name);
}
