import { amount, bytesRate, percent } from "../../src/adapters/monitor/numbers.ts";
import type { SessionPage, SessionRow, SessionSort } from "../../src/adapters/monitor/views.ts";
import type { TableQuery } from "./client.ts";
import { button, el, keepChildren, setText } from "./dom.ts";
import type { PanelContext } from "./panel-context.ts";

const COLUMNS: readonly SessionSort[] = ["id", "pattern", "rate", "peak", "owner"];
/** After the last key: the runtime searches, not each letter's worth of it. */
const TYPING_MS = 250;
const SIZE = 50;

/** The runtime's page of the sessions, with its search, order and pages. */
export class SessionsView {
  readonly element: HTMLElement;
  readonly #context: PanelContext;
  readonly #changed: () => void;
  readonly #rows = el("tbody");
  readonly #heads = new Map<SessionSort, HTMLTableCellElement>();
  readonly #found = el("span", { role: "status" });
  readonly #back: HTMLButtonElement;
  readonly #next: HTMLButtonElement;
  readonly #empty: HTMLElement;
  #search = "";
  #sort: SessionSort = "peak";
  #order: "asc" | "desc" = "desc";
  #page = 0;

  constructor(context: PanelContext, changed: () => void) {
    const { texts } = context;
    this.#context = context;
    this.#changed = changed;
    this.#back = button("‹", () => this.#turn(-1), { "aria-label": texts("previous-page") });
    this.#next = button("›", () => this.#turn(1), { "aria-label": texts("next-page") });
    this.#empty = el("p", { class: "stitching-empty" }, texts("no-sessions"));
    const search = el("input", {
      type: "search",
      placeholder: texts("search"),
      "aria-label": texts("search"),
    });
    let typing: ReturnType<typeof setTimeout> | undefined;
    const find = (): void => {
      clearTimeout(typing);
      this.#search = search.value;
      this.#turn(-this.#page);
    };
    search.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(find, TYPING_MS);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") find();
    });
    const heads = COLUMNS.map((sort) => this.#head(sort));
    const table = el(
      "table",
      { "aria-label": texts("sessions") },
      el("thead", {}, el("tr", {}, ...heads)),
      this.#rows,
    );
    const pager = el("div", { class: "stitching-pager" }, this.#found, this.#back, this.#next);
    this.element = el("div", { class: "stitching-sessions" }, search, pager, table, this.#empty);
    this.#markOrder();
  }

  /** Only where it is on the page. */
  focus(id: string): void {
    const links = Array.from(this.#rows.querySelectorAll("button"));
    links.find(({ dataset }) => dataset["id"] === id)?.focus();
  }

  get query(): TableQuery & { readonly size: number } {
    return { search: this.#search, sort: this.#sort, order: this.#order, page: this.#page, size: SIZE };
  }

  #head(sort: SessionSort): HTMLElement {
    const act = el("button", { type: "button" }, this.#context.texts(`column.${sort}`));
    act.addEventListener("click", () => {
      const isSame = this.#sort === sort;
      const first = sort === "rate" || sort === "peak" ? "desc" : "asc";
      this.#order = isSame ? (this.#order === "asc" ? "desc" : "asc") : first;
      this.#sort = sort;
      this.#markOrder();
      this.#turn(-this.#page);
    });
    const head = el("th", { scope: "col", class: `stitching-column-${sort}` }, act);
    this.#heads.set(sort, head);
    return head;
  }

  #markOrder(): void {
    for (const [sort, head] of this.#heads)
      head.setAttribute(
        "aria-sort",
        sort !== this.#sort ? "none" : this.#order === "asc" ? "ascending" : "descending",
      );
  }

  #turn(pages: number): void {
    this.#page = Math.max(0, this.#page + pages);
    this.#changed();
  }

  show({ found, page, size, rows }: SessionPage): void {
    this.#page = page;
    const from = page * size + 1;
    const { texts } = this.#context;
    const range = { from, to: from + rows.length - 1, found };
    setText(this.#found, found === 0 ? texts("none-found") : texts("range", range));
    this.#back.disabled = page === 0;
    this.#next.disabled = (page + 1) * size >= found;
    this.#empty.hidden = found > 0 || this.#search !== "";
    keepChildren(
      this.#rows,
      rows,
      () => this.#makeRow(),
      (element, row) => this.#fillRow(element, row),
    );
  }

  #makeRow(): Element {
    const open = el("button", { type: "button", class: "stitching-link" });
    open.addEventListener("click", () => this.#context.openSession(open.dataset["id"] ?? ""));
    const sub = el("span", { class: "stitching-sub" });
    const bar = el("span", { class: "stitching-shares", "aria-hidden": "true" });
    const owner = el("td", {}, el("span"), bar, el("span", { class: "stitching-sr" }));
    const row = el("tr", {}, el("td", {}, open, sub), el("td"), el("td"), el("td"), owner);
    row.addEventListener("click", (event) => {
      if (event.target !== open) open.click();
    });
    return row;
  }

  #fillRow(element: Element, row: SessionRow): void {
    const [id, pattern, rate, peak, owner] = element.children;
    const open = id?.firstElementChild;
    if (!(open instanceof HTMLButtonElement) || !pattern || !rate || !peak || !owner) return;
    open.dataset["id"] = row.id;
    open.title = row.id;
    setText(open, row.id);
    const { texts } = this.#context;
    setText(pattern, texts(`pattern.${row.pattern}`));
    if (id?.lastElementChild) setText(id.lastElementChild, texts(`pattern.${row.pattern}`));
    setText(rate, amount(row.messagesPerSec));
    setText(peak, row.peakBps === undefined ? "–" : bytesRate(row.peakBps));
    const [name, shares, spoken] = owner.children;
    if (name) setText(name, ownerText(row));
    if (shares) showShares(shares, row);
    if (spoken) setText(spoken, Object.keys(row.shares).length > 1 ? sharesText(row) : "");
    if (owner instanceof HTMLElement) owner.title = sharesText(row);
  }
}

/** A bar in as many parts as there are hosts; none where one host has it all. */
function showShares(bar: Element, { shares }: SessionRow): void {
  const parts = Object.values(shares).sort((a, b) => b - a);
  keepChildren(
    bar,
    parts.length > 1 ? parts : [],
    () => el("i"),
    (part, share) => {
      if (part instanceof HTMLElement) part.style.width = `${share * 100}%`;
    },
  );
}

export function sharesText({ shares }: SessionRow): string {
  const all = Object.entries(shares).sort(([, a], [, b]) => b - a);
  return all.map(([host, share]) => `${host} ${percent(share)}`).join(", ");
}

function ownerText({ owner, pinnedTo }: SessionRow): string {
  if (owner === undefined) return "–";
  return `${pinnedTo === undefined ? "" : "📌 "}${owner}`;
}
