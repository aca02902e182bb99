interface Wired {
  readonly wires?: readonly (readonly string[])[];
}

/**
 * The definition without the last outputs that are wired to nothing: Node-RED sends on a node's one wire at half the
 * cost, but only where the node has no further output (Node.js, `updateWires`). What is sent to an output that is
 * left out goes nowhere, as it did before.
 */
export function wiredOutputs<Def extends object>(def: Def): Def {
  const { wires } = def as Wired;
  if (!Array.isArray(wires)) return def;
  let count = wires.length;
  while (count > 0 && wires[count - 1]?.length === 0) count--;
  if (count === wires.length) return def;
  // Not a copy: the runtime hides more in a definition than its own properties show.
  return Object.create(def, { wires: { value: wires.slice(0, count), enumerable: true } }) as Def;
}
