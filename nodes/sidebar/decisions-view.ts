import type { Decision } from "../../src/adapters/monitor/views.ts";
import { el, keepChildren, setText } from "./dom.ts";
import type { PanelContext } from "./panel-context.ts";
import { clockTime, duration } from "./texts.ts";

/** What was done and why, newest first; each leads to its node, its session and its host. */
export class DecisionList {
  readonly element: HTMLElement = el("ol", { class: "stitching-decisions" });
  readonly #context: PanelContext;
  readonly #shown = new WeakMap<Element, Decision>();

  constructor(context: PanelContext) {
    this.#context = context;
  }

  show(decisions: readonly Decision[]): void {
    keepChildren(
      this.element,
      decisions,
      () => this.#make(),
      (element, decision) => this.#fill(element, decision),
    );
  }

  #make(): Element {
    const link = (to: string, act: (decision: Decision) => void): HTMLElement => {
      const made = el("button", { type: "button", class: "stitching-link", "data-link": to });
      made.addEventListener("click", () => {
        const decision = this.#shown.get(item);
        if (decision) act(decision);
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

  #fill(element: Element, decision: Decision): void {
    if (this.#shown.get(element) === decision) return;
    this.#shown.set(element, decision);
    const { texts } = this.#context;
    const { sessionId, to, slot, pauseMs } = decision;
    const [time, kind, session, host] = element.querySelectorAll<HTMLElement>(".stitching-what > *");
    show(time, clockTime(decision.atMs));
    show(kind, texts(`kind.${decision.kind}`));
    kind?.setAttribute("data-kind", decision.kind);
    show(session, sessionId && `${sessionId}${slot ? `/${slot}` : ""}`);
    show(host, to && `→ ${to}`);
    const why = element.lastElementChild;
    const paused = !pauseMs ? "" : ` (${texts("held", { time: duration(pauseMs) })})`;
    if (why) setText(why, `${decision.reason}${paused}`);
  }
}

/** Hidden where there is nothing to say. */
function show(element: HTMLElement | undefined, text: string | undefined): void {
  if (!element) return;
  setText(element, text ?? "");
  element.hidden = text === undefined;
}
