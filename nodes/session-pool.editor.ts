import type { EditorNodeProperties, EditorRED } from "node-red";
import { type HostRow, type PoolFields, readPoolSettings } from "../src/core/stitch/pool-settings.ts";

declare const RED: EditorRED;

interface PoolProperties extends EditorNodeProperties, Omit<PoolFields, "name"> {
  /** What the editor knows, the types don't. */
  hosts: Partial<HostRow>[];
}

interface Credentials {
  user: string;
  password: string;
}

/**
 * The runtime's own check of some fields: true, or what is wrong. Two parameters: the editor takes the text that a
 * validator of one returns for "valid".
 */
function check(fields: Partial<PoolFields>): boolean | string {
  try {
    readPoolSettings(fields);
    return true;
  } catch (error) {
    return error instanceof Error ? error.message : false;
  }
}
const field =
  (name: keyof PoolFields) =>
  (value: string, _options: unknown): boolean | string =>
    check({ [name]: value });

/** The broker's protocol has to go with the TLS configuration: the field's own, while the dialog is open. */
function broker(this: PoolProperties, value: string, _options: unknown): boolean | string {
  const chosen = $("#node-config-input-tls").val();
  const tls = typeof chosen === "string" ? chosen : this.tls;
  return check({ broker: value, tls: tls === "_ADD_" ? "" : tls });
}

/** As the types know a validator, also that of a list. */
type Validate = (value: string) => boolean;
const COLUMNS = ["name", "messagesPerSec", "bytesPerSec", "weight"] as const satisfies (keyof HostRow)[];

function rowsOf(list: JQuery): Partial<HostRow>[] {
  return Array.from(list.editableList("items") as unknown as JQuery[], (item) => {
    const texts = COLUMNS.map((column) => [column, String(item.find(`.${column}`).val() ?? "").trim()]);
    return Object.fromEntries(texts) as Partial<HostRow>;
  });
}

/** Marks the fields of a row that the runtime would refuse; the others of the list are checked on saving. */
function markRow(item: JQuery): void {
  for (const column of COLUMNS) {
    const input = item.find(`.${column}`);
    const value = String(input.val() ?? "").trim();
    const answer = check({ hosts: [{ name: "host", [column]: value }] });
    input.toggleClass("input-error", answer !== true);
    input.attr("title", answer === true ? "" : String(answer));
  }
}

function addRow(item: JQuery, row: Partial<HostRow>, label: (column: string) => string): void {
  const line = $("<div/>").css({ display: "flex", gap: "6px" }).appendTo(item);
  for (const column of COLUMNS) {
    const width = column === "name" ? "2 1 0" : "1 1 0";
    $("<input/>", { type: "text", class: column, placeholder: label(column), "aria-label": label(column) })
      .css({ flex: width, width: 0, minWidth: 0 })
      .val(row[column] ?? (column === "weight" ? "1" : ""))
      .on("change input", () => markRow(item))
      .appendTo(line);
  }
  if (row.name) markRow(item);
}

RED.nodes.registerType<PoolProperties, Credentials>("session-pool", {
  category: "config",
  defaults: {
    name: { value: "", validate: field("name") as Validate },
    hosts: { value: [], validate: field("hosts") as Validate },
    discover: { value: true },
    broker: { value: "", validate: broker as Validate },
    tls: { value: "", type: "tls-config", required: false },
    store: { value: "", type: "session-store", required: false },
    policy: { value: "predictive", validate: field("policy") as Validate },
    threshold: { value: "0.85", validate: field("threshold") as Validate },
    leadTimeMs: { value: "15000", validate: field("leadTimeMs") as Validate },
    stepMs: { value: "5000", validate: field("stepMs") as Validate },
    dwellMs: { value: "45000", validate: field("dwellMs") as Validate },
    minimalRate: { value: "64", validate: field("minimalRate") as Validate },
    dryRun: { value: false },
    standby: { value: false },
    spareHost: { value: false },
    maxSessions: { value: "10000", validate: field("maxSessions") as Validate },
  },
  credentials: {
    user: { type: "text" },
    password: { type: "password" },
  },
  label() {
    return this.name || (this.broker ? `pool: ${this.broker}` : "pool");
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  oneditprepare() {
    const list = $("#node-config-input-hosts-list").css({ minHeight: "180px", minWidth: "350px" });
    const label = (column: string): string => this._(`session-pool.host.${column}`);
    list.editableList({
      addItem: (item: JQuery, _index: number, row: object) => addRow(item, row as Partial<HostRow>, label),
      removable: true,
      sortable: true,
      addButton: this._("session-pool.host.add"),
    } as never);
    for (const row of this.hosts ?? []) list.editableList("addItem", row as never);

    const address = $("#node-config-input-broker");
    const policy = $("#node-config-input-policy");
    const show = (): void => {
      const isLinked = String(address.val() ?? "").trim() !== "";
      $(".session-pool-linked").toggle(isLinked);
      $(".session-pool-wired").toggle(!isLinked);
      $(".session-pool-planned").toggle(policy.val() !== "static");
    };
    address.on("change input", show);
    policy.on("change", show);
    // A flow file from elsewhere may leave it out: the runtime's default, then.
    if (!this.policy) policy.val("predictive").trigger("change");
    show();
  },
  oneditsave() {
    this.hosts = rowsOf($("#node-config-input-hosts-list")).filter(({ name }) => name !== "");
  },
});
