import type { EditorNodeProperties, EditorRED } from "node-red";
import {
  checkPool,
  DEFAULT_BUFFER_BYTES,
  DEFAULT_HOSTS,
  type RouteFields,
  readHostName,
  readRouteSettings,
} from "../src/core/route/route-settings.ts";
import { outputLabel } from "../src/core/route/shares-text.ts";

declare const RED: EditorRED;

interface RouteProperties extends EditorNodeProperties, RouteFields {
  pool: string;
  hosts: string[];
  outputs: number;
  /** As the runtime last told it; the editor keeps it on its node. */
  readonly status?: { readonly text?: string };
}

/** A row of the list of hosts. */
interface Row {
  readonly host: string;
  /** Key of its output in the editor's map: the index it had when the dialog opened, else what is no number. */
  readonly key: string;
}

function check(run: () => unknown): boolean | string {
  try {
    run();
    return true;
  } catch (error) {
    return error instanceof Error ? error.message : false;
  }
}

/** The runtime's own check. Two parameters: the editor takes the text that a validator of one returns for "valid". */
const field =
  (name: keyof RouteFields) =>
  (value: string, _options: unknown): boolean | string =>
    check(() => readRouteSettings({ [name]: value }));

function hosts(this: RouteProperties, value: unknown, _options: unknown): boolean | string {
  return check(() => readRouteSettings({ delivery: this.delivery, hosts: value as string[] }));
}

function pool(this: RouteProperties, value: string, _options: unknown): boolean | string {
  return check(() => checkPool(this.delivery, Boolean(value) && value !== "_ADD_"));
}

const rowOf = (item: JQuery): Row => item.data("data") as Row;
const itemsOf = (list: JQuery): JQuery[] =>
  list
    .editableList("items")
    .toArray()
    .map((item) => $(item));
const nameOf = (item: JQuery): string => String(item.find("input").val() ?? "").trim();

/** Where each output goes, as the editor's core nodes tell it: the old index to the new one, or to -1. */
function outputMap(list: JQuery, isWired: boolean, outputsBefore: number): Record<string, number> {
  const map: Record<string, number> = {};
  for (let i = 0; i < outputsBefore - 1; i++) map[i] = -1;
  const items = isWired ? itemsOf(list) : [];
  for (const [i, item] of items.entries()) map[rowOf(item).key] = i;
  map[outputsBefore - 1] = items.length;
  return map;
}

function addRow(item: JQuery, { host }: Row, placeholder: string): void {
  const input = $("<input/>", { type: "text", placeholder, "aria-label": placeholder }).css({
    width: "100%",
  });
  const mark = (): void => {
    const answer = check(() => readHostName(nameOf(item)));
    input.toggleClass("input-error", answer !== true).attr("title", answer === true ? "" : String(answer));
  };
  input.val(host).on("change input", mark).appendTo(item);
  mark();
}

/** A name that is free: host-4 after host-3. */
function nextName(names: readonly string[]): string {
  let n = names.length;
  while (names.includes(`host-${n}`)) n++;
  return `host-${n}`;
}

RED.nodes.registerType<RouteProperties>("session-route", {
  category: "session stitching",
  color: "#C7B8E0",
  icon: "session-route.svg",
  paletteLabel: "route",
  inputs: 1,
  outputs: 4,
  defaults: {
    name: { value: "" },
    pool: { value: "", type: "session-pool", required: false, validate: pool as (value: string) => boolean },
    delivery: { value: "wire", validate: field("delivery") as (value: string) => boolean },
    hosts: { value: [...DEFAULT_HOSTS], validate: hosts as (value: unknown) => boolean },
    outputs: { value: DEFAULT_HOSTS.length + 1 },
    balance: { value: "auto", validate: field("balance") as (value: string) => boolean },
    buffer: { value: "memory", validate: field("buffer") as (value: string) => boolean },
    bufferBytes: {
      value: DEFAULT_BUFFER_BYTES,
      validate: field("bufferBytes") as (value: string) => boolean,
    },
  },
  label() {
    return this.name || (this.delivery === "mqtt" ? "route: MQTT" : "route");
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("session-route.input");
  },
  outputLabels(index) {
    const isHost = this.delivery === "wire" && index < this.hosts.length;
    return isHost
      ? outputLabel(this.hosts, index, this.status?.text)
      : this._("session-route.output.undeliverable");
  },
  oneditprepare() {
    const outputsBefore = Number(this.outputs) || 1;
    const wasWired = this.delivery !== "mqtt";
    const list = $("#node-input-hosts-container").css({ minHeight: "180px", minWidth: "300px" });
    const delivery = $("#node-input-delivery");
    const outputs = $("#node-input-outputs");
    let added = 0;
    const show = (): void => {
      const isWired = delivery.val() !== "mqtt";
      $(".session-route-wire").toggle(isWired);
      $(".session-route-mqtt").toggle(!isWired);
      outputs.val(JSON.stringify(outputMap(list, isWired, outputsBefore)));
    };
    const name = this._("session-route.placeholder.host");
    list.editableList({
      addItem: (item: JQuery, _index: number, data: object) => {
        const isNew = !Object.hasOwn(data, "key");
        const row = isNew ? { host: nextName(itemsOf(list).map(nameOf)), key: `new-${++added}` } : data;
        item.data("data", row);
        addRow(item, row as Row, name);
        show();
      },
      removeItem: show,
      sortItems: show,
      removable: true,
      sortable: true,
      addButton: this._("session-route.host.add"),
    } as never);
    for (const [i, host] of this.hosts.entries())
      list.editableList("addItem", { host, key: wasWired ? String(i) : `kept-${i}` } as never);
    delivery.on("change", show);
    show();
  },
  oneditsave() {
    this.hosts = itemsOf($("#node-input-hosts-container")).map(nameOf);
  },
});
