import { type DecisionGroup, groupDecisions } from "../../src/adapters/monitor/decision-groups.ts";
import { clockTime, duration } from "../../src/adapters/monitor/numbers.ts";
import { inPercent, reasonText } from "../../src/adapters/monitor/reasons.ts";
import type { Decision } from "../../src/adapters/monitor/views.ts";
import { el, keepChildren, setText } from "./dom.ts";
import type { PanelContext } from "./panel-context.ts";

/** What was done and why, newest first; each leads to its node, its session and its host. */
export class DecisionList {
  readonly element: HTMLElement;
  readonly #list = el("ol", { class: "stitching-decisions" });
  readonly #empty: HTMLElement;
  readonly #context: PanelContext;
  readonly #shown = new WeakMap<Element, DecisionGroup>();

  constructor(context: PanelContext) {
    this.#context = context;
    this.#empty = el("p", { class: "stitching-empty" }, context.texts("no-decisions"));
    this.element = el("div", {}, this.#list, this.#empty);
  }

  show(decisions: readonly Decision[]): void {
    this.#empty.hidden = decisions.length > 0;
    keepChildren(
      this.#list,
      groupDecisions(decisions),
      () => this.#make(),
      (element, group) => this.#fill(element, group),
    );
  }

  #make(): Element {
    const link = (to: string, act: (decision: Decision) => void): HTMLElement => {
      const made = el("button", { type: "button", class: "stitching-link", "data-link": to });
      made.addEventListener("click", () => {
        const group = this.#shown.get(item);
        if (group) act(group.decision);
      });
      return made;
    };
    const node = link("node", () => this.#context.revealNode());
    const session = link(
      "session",
      ({ sessionId }) => sessionId !== undefined && this.#context.openSession(sessionId),
    );
    const host = link("host", ({ to }) => to !== undefined && this.#context.openHost(to));
    const head = el("div", { class: "stitching-what" }, el("time"), node, session, host);
    const item = el("li", {}, head, el("div", { class: "stitching-why" }));
    return item;
  }

  #fill(element: Element, group: DecisionGroup): void {
    const { decision, slots } = group;
    const shown = this.#shown.get(element);
    this.#shown.set(element, group);
    if (shown?.decision.n === decision.n && shown.slots.length === slots.length) return;
    const { texts } = this.#context;
    const { sessionId, to, pauseMs } = decision;
    const [time, kind, session, host] = element.querySelectorAll<HTMLElement>(".stitching-what > *");
    show(time, clockTime(decision.atMs));
    show(kind, texts(`kind.${decision.kind}`));
    kind?.setAttribute("data-kind", decision.kind);
    show(session, sessionId === undefined ? undefined : this.#sessionText(sessionId, slots));
    show(host, to && `→ ${to}`);
    const why = element.lastElementChild;
    const paused = !pauseMs ? "" : ` (${texts("held", { time: duration(pauseMs) })})`;
    if (why) setText(why, `${reasonText(inPercent(texts), decision.reason)}${paused}`);
  }

  /** A session of one slot has none to speak of. */
  #sessionText(id: string, slots: readonly number[]): string {
    const [slot] = slots;
    if (slots.length > 1) return `${id} ${this.#context.texts("slots-of", { slots: slots.length })}`;
    return slot ? `${id}/${slot}` : id;
  }
}

/** Hidden where there is nothing to say. */
function show(element: HTMLElement | undefined, text: string | undefined): void {
  if (!element) return;
  setText(element, text ?? "");
  element.hidden = text === undefined;
}
