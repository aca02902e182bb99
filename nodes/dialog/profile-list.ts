import type { DeviceProfile } from "../../src/core/profile/device-profile.ts";
import { MAX_FILE } from "../../src/core/profile/device-profile-schema.ts";
import {
  formatDeviceProfiles,
  mergedProfiles,
  parseDeviceProfiles,
  readDeviceProfiles,
} from "../../src/core/profile/own-profiles.ts";
import {
  declaredBy,
  NEW_ROW,
  type ProfileRow,
  type RowField,
  rowOf,
} from "../../src/core/profile/profile-row.ts";

/** Of a text of the catalogue, by its key. */
type Text = (key: string) => string;

/** A profile's name that was written anew, so that what refers to it can follow. */
export interface Renamed {
  readonly from: string;
  readonly to: string;
}

/** Told what the rows declare, whenever they change; wrong ones included. */
type OnChange = (profiles: readonly DeviceProfile[], renamed?: Renamed) => void;

/** A field's options: the value, and the key of what is shown. */
const OPTIONS: Partial<Record<RowField, readonly (readonly [value: string, key: string])[]>> = {
  kind: [
    ["", "any"],
    ...["json", "binary", "text", "image", "number"].map((kind) => [kind, `option.${kind}`] as const),
  ],
  pattern: ["periodic", "event-driven", "bursty", "streaming", "keep-alive", "unknown"].map(
    (pattern) => [pattern, `option.${pattern}`] as const,
  ),
  loss: [
    ["none", "option.lossNone"],
    ["some", "option.lossSome"],
  ],
  order: [
    ["key", "option.orderKey"],
    ["none", "option.orderNone"],
  ],
};
const FIELDS = Object.keys(NEW_ROW) as RowField[];
const ROW = "profile-row";

function complaintOf(check: () => unknown): string {
  try {
    check();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The field that a complaint about one row names: the last name of its path. */
function fieldOf(complaint: string): string | undefined {
  return /^profiles\[\d+\](?:\.\w+)*\.(\w+)/.exec(complaint)?.[1];
}

/** The dialog's list of own device profiles, with its import and export. */
export class ProfileList {
  readonly #text: Text;
  readonly #onChange: OnChange;
  readonly #list: JQuery = $("#node-input-profiles-list");
  /** While the rows are filled in nothing is told: that would be once a row. */
  #isFilling = false;

  constructor(text: Text, onChange: OnChange) {
    this.#text = text;
    this.#onChange = onChange;
    this.#list.css({ minHeight: "280px", minWidth: "350px" }).editableList({
      addItem: (item: JQuery, _index: number, row: object) => this.#addItem(item, row as Partial<ProfileRow>),
      removeItem: () => this.#changed(),
      removable: true,
      sortable: true,
      addButton: text("add"),
    } as never);
    $("#session-profile-import").on("click", () => $("#session-profile-file").toggle());
    $("#session-profile-export").on("click", () => this.#export());
    $("#session-profile-add").on("click", () => this.#import(String($("#session-profile-json").val() ?? "")));
    $("#session-profile-choose").on("change", (event) => void this.#choose(event.target as HTMLInputElement));
  }

  /** What the rows declare, unchecked: the node's own check tells what is wrong. */
  get profiles(): readonly DeviceProfile[] {
    return this.#items().map((item) => declaredBy(item.data(ROW) as ProfileRow)) as DeviceProfile[];
  }

  /** Takes what a flow file or an import holds, wrong or not. */
  show(profiles: unknown): void {
    this.#isFilling = true;
    this.#list.editableList("empty");
    for (const profile of Array.isArray(profiles) ? profiles : [])
      this.#list.editableList("addItem", rowOf(profile) as never);
    this.#isFilling = false;
    this.#changed();
  }

  #items(): JQuery[] {
    return Array.from(this.#list.editableList("items") as unknown as JQuery[], (item) => $(item));
  }

  #addItem(item: JQuery, known: Partial<ProfileRow>): void {
    const isNew = known.name === undefined;
    item.data(ROW, isNew ? NEW_ROW : { ...NEW_ROW, ...known });
    const head = $("<a/>", { href: "#", class: "profile-head", title: this.#text("open") }).appendTo(item);
    $("<i/>", { class: "fa fa-angle-right" }).css({ marginRight: "6px" }).appendTo(head);
    $("<span/>").appendTo(head);
    head.on("click", (event) => {
      event.preventDefault();
      this.#toggle(item);
    });
    if (isNew) this.#toggle(item);
    this.#mark(item);
    if (!this.#isFilling) this.#changed();
  }

  /** A row's fields are made when they are looked at: there may be 500 rows. */
  #toggle(item: JQuery): void {
    const known = item.find(".profile-body");
    if (known.length > 0) {
      known.toggle();
      return;
    }
    const body = $("<div/>", { class: "profile-body" })
      .css({ display: "grid", gridTemplateColumns: "1fr 1fr 1fr", gap: "6px", marginTop: "6px" })
      .appendTo(item);
    const row = item.data(ROW) as ProfileRow;
    for (const field of FIELDS) this.#addField(item, body, field, row[field]);
    this.#mark(item);
  }

  #addField(item: JQuery, body: JQuery, field: RowField, value: string): void {
    const label = $("<label/>")
      .css({ width: "auto", margin: 0 })
      .text(this.#text(`field.${field}`))
      .appendTo(body);
    const options = OPTIONS[field];
    const input = options ? $("<select/>") : $("<input/>", { type: "text" });
    for (const [option, key] of options ?? [])
      $("<option/>").val(option).text(this.#text(key)).appendTo(input);
    input
      .addClass(`profile-${field}`)
      .css({ width: "100%", boxSizing: "border-box" })
      .val(value)
      .on("change input", () => this.#edit(item, field, String(input.val() ?? "")))
      .appendTo(label);
  }

  #edit(item: JQuery, field: RowField, value: string): void {
    const before = item.data(ROW) as ProfileRow;
    if (before[field] === value) return;
    item.data(ROW, { ...before, [field]: value });
    this.#mark(item);
    this.#changed(field === "name" ? { from: before.name.trim(), to: value.trim() } : undefined);
  }

  /** A row's title, and the field that is wrong in it. */
  #mark(item: JQuery): void {
    const row = item.data(ROW) as ProfileRow;
    const { name, title, topic } = row;
    const text = [title || name || this.#text("new"), topic].filter(Boolean).join(" · ");
    const complaint = complaintOf(() => readDeviceProfiles([declaredBy(row)]));
    item
      .find(".profile-head span")
      .text(text)
      .css({ color: complaint === "" ? "" : "var(--red-ui-text-color-error)" });
    const wrong = fieldOf(complaint);
    for (const field of FIELDS)
      item
        .find(`.profile-${field}`)
        .toggleClass("input-error", field === wrong)
        .attr("title", field === wrong ? complaint : "");
  }

  #changed(renamed?: Renamed): void {
    const { profiles } = this;
    this.#complain(complaintOf(() => readDeviceProfiles(profiles)));
    this.#onChange(profiles, renamed);
  }

  #complain(complaint: string): void {
    $("#session-profile-complaint")
      .text(complaint)
      .toggle(complaint !== "");
  }

  /** Adds what a file holds; nothing of one that is wrong. */
  #import(json: string): void {
    const complaint = complaintOf(() => {
      this.show(mergedProfiles(this.profiles, parseDeviceProfiles(json)));
      $("#session-profile-json").val("");
      $("#session-profile-file").hide();
    });
    if (complaint !== "") this.#complain(complaint);
  }

  async #choose(input: HTMLInputElement): Promise<void> {
    const [file] = input.files ?? [];
    if (!file) return;
    // A longer one would only be refused; so far it is read, so that the refusal says how long it is.
    $("#session-profile-json").val(await file.slice(0, MAX_FILE + 1).text());
    input.value = "";
  }

  /** As a file, and as a text to copy: some browsers of kiosks save nothing. */
  #export(): void {
    const json = formatDeviceProfiles(this.profiles);
    $("#session-profile-file").show();
    $("#session-profile-json").val(json).trigger("select");
    const url = URL.createObjectURL(new Blob([json], { type: "application/json" }));
    $("<a/>", { href: url, download: "device-profiles.json" })[0]?.click();
    URL.revokeObjectURL(url);
  }
}
