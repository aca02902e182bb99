import type { StoreChange, StoreEntry } from "../../core/record/store-driver.ts";
import type { Revision } from "../../core/units.ts";
import { addressOf, type ContextAddress, contextKey, decodeContext } from "./context-entry.ts";
import { isPlainName } from "./property-path.ts";

export type WriteCallback = (error?: Error) => void;

/** One top-level property: what this instance knows of it, and what of that is not in the store yet. */
export class ReplicaEntry {
  readonly address: ContextAddress;
  readonly key: string;
  /** Its name means itself where it stands as an expression: reading it needs no parsing. */
  readonly isPlain: boolean;
  /** Revision of the newest version seen in the store. */
  revision: Revision = 0;
  /** Set here, and not handed to the store yet. */
  isDirty = false;
  isWriting = false;
  /** Called when the version that is dirty is durable. */
  readonly waiting: WriteCallback[] = [];
  /** Called when nothing of it is under way any more. */
  readonly settled: (() => void)[] = [];
  /** It is deleted only if this is still the revision in the store. */
  onlyAt: Revision | undefined;
  /** Somebody else's newer version, seen while a write of ours was under way. */
  later: StoreChange | undefined;
  #value: unknown;
  #writer = "";
  /** Not decoded before somebody reads it. */
  #stored: StoreEntry | undefined;

  constructor(address: ContextAddress, key: string = contextKey(address)) {
    this.address = address;
    this.key = key;
    this.isPlain = isPlainName(address.name);
  }

  /** undefined: there is no such property. Not a copy. */
  get value(): unknown {
    this.decode();
    return this.#value;
  }

  /** Instance of Node-RED that set it last. */
  get writer(): string {
    this.decode();
    return this.#writer;
  }

  set(value: unknown, writer: string): void {
    this.#stored = undefined;
    this.#value = value;
    this.#writer = writer;
  }

  get isSettled(): boolean {
    return !this.isDirty && !this.isWriting;
  }

  get isPresent(): boolean {
    return this.#stored !== undefined || this.#value !== undefined;
  }

  take({ key, value, revision }: StoreChange): void {
    this.revision = revision;
    this.#value = undefined;
    this.#stored = value && { key, value, revision };
  }

  /** Throws StitchError `BAD_RECORD`, as does whatever reads the value. */
  decode(): void {
    if (!this.#stored) return;
    const { writer, value } = decodeContext(this.#stored);
    this.#stored = undefined;
    this.#writer = writer;
    this.#value = value;
  }
}

/** What this instance knows of all contexts in the store: read synchronously, followed by the store's feed. */
export class Replica {
  readonly #scopes = new Map<string, Map<string, ReplicaEntry>>();

  find(scope: string, name: string): ReplicaEntry | undefined {
    return this.#scopes.get(scope)?.get(name);
  }

  /** The property's entry, a new one where there is none; `key`: where it is known. */
  entry(address: ContextAddress, key?: string): ReplicaEntry {
    const { scope, name } = address;
    const found = this.find(scope, name);
    if (found) return found;
    const entry = new ReplicaEntry(address, key);
    const names = this.#scopes.get(scope) ?? new Map<string, ReplicaEntry>();
    this.#scopes.set(scope, names.set(name, entry));
    return entry;
  }

  /** Properties that are there, in the order in which they came. */
  entriesOf(scope: string): ReplicaEntry[] {
    return [...(this.#scopes.get(scope)?.values() ?? [])].filter((entry) => entry.isPresent);
  }

  all(): ReplicaEntry[] {
    return this.scopes().flatMap((scope) => this.entriesOf(scope));
  }

  scopes(): string[] {
    return [...this.#scopes.keys()];
  }

  /** A version from the store. What was set here and is not written yet is newer: it will be written over it. */
  apply(change: StoreChange): void {
    const address = addressOf(change.key);
    if (!address) return;
    const entry = this.entry(address, change.key);
    if (change.revision <= entry.revision) return;
    if (entry.isWriting) entry.later = change;
    else if (!entry.isDirty) entry.take(change);
    this.dropIfGone(entry);
  }

  /** Forgets a deleted property, once nothing of it is under way. */
  dropIfGone(entry: ReplicaEntry): void {
    if (entry.isPresent || !entry.isSettled) return;
    const { scope, name } = entry.address;
    const names = this.#scopes.get(scope);
    names?.delete(name);
    if (names?.size === 0) this.#scopes.delete(scope);
  }

  /** Everything that the store holds at one time: what it lacks was deleted meanwhile. */
  reset(entries: readonly StoreEntry[]): void {
    const kept = new Set(entries.map(({ key }) => key));
    for (const entry of this.all())
      if (!kept.has(entry.key) && entry.isSettled) {
        entry.set(undefined, "");
        this.dropIfGone(entry);
      }
    for (const entry of entries.toSorted((a, b) => a.revision - b.revision)) this.apply(entry);
  }
}
