import { el } from "./dom.ts";

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly content: HTMLElement;
}

/** Tabs as ARIA's authoring practices have them: arrows change the tab, Tab goes into it. */
export class Tabs {
  readonly element: HTMLElement;
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #tabs: readonly Tab[];
  readonly #changed: () => void;
  #at = 0;

  constructor(tabs: readonly Tab[], changed: () => void) {
    this.#tabs = tabs;
    this.#changed = changed;
    this.#buttons = tabs.map(({ id, label }, i) => {
      const made = el(
        "button",
        { type: "button", role: "tab", id: `stitching-tab-${id}`, "aria-controls": `stitching-view-${id}` },
        label,
      );
      made.addEventListener("click", () => this.#go(i));
      made.addEventListener("keydown", (event) => this.#key(event, i));
      return made;
    });
    const list = el("div", { role: "tablist", class: "stitching-tabs" }, ...this.#buttons);
    const views = tabs.map(({ id, content }) =>
      el(
        "div",
        {
          role: "tabpanel",
          id: `stitching-view-${id}`,
          "aria-labelledby": `stitching-tab-${id}`,
          tabindex: "0",
          class: "stitching-view",
        },
        content,
      ),
    );
    this.element = el("div", { class: "stitching-views" }, list, ...views);
    this.#mark();
  }

  get selected(): string {
    return this.#tabs[this.#at]?.id ?? "";
  }

  select(id: string): void {
    const at = this.#tabs.findIndex((tab) => tab.id === id);
    if (at >= 0 && at !== this.#at) this.#go(at);
  }

  #key(event: KeyboardEvent, at: number): void {
    const last = this.#tabs.length - 1;
    const moves: Record<string, number> = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#go(to);
    this.#buttons[to]?.focus();
  }

  #go(at: number): void {
    this.#at = at;
    this.#mark();
    this.#changed();
  }

  #mark(): void {
    for (const [i, made] of this.#buttons.entries()) {
      made.setAttribute("aria-selected", String(i === this.#at));
      made.tabIndex = i === this.#at ? 0 : -1;
      const view = this.element.children[i + 1];
      if (view instanceof HTMLElement) view.hidden = i !== this.#at;
    }
  }
}
