import { quote } from "../../../errors.ts";
import { furtherMembers } from "./further.ts";
import { members } from "./index.ts";
import type { MemberTable } from "./member.ts";

const all: MemberTable = { ...members, ...furtherMembers };

/** Names of all members there are, for `forecast(…, { members })`; the engine's own come first. */
export const memberNames: readonly string[] = Object.keys(all);

/** The members of these names; a RangeError names one that there is not. */
export function membersNamed(names: readonly string[]): MemberTable {
  if (names.length === 0) throw new RangeError("members must name at least one member, got none");
  return Object.fromEntries(
    names.map((name) => {
      const member = Object.hasOwn(all, name) ? all[name] : undefined;
      if (member === undefined)
        throw new RangeError(`members must be among ${memberNames.join(", ")}, got ${quote(name)}`);
      return [name, member];
    }),
  );
}
