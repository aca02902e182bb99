import { amount, bytesRate, decimal, duration, percent } from "../../src/adapters/monitor/numbers.ts";
import type { PoolSnapshot, SessionDetail } from "../../src/adapters/monitor/views.ts";
import { DecisionList } from "./decisions-view.ts";
import { button, el, keepChildren, setClass, setText } from "./dom.ts";
import type { PanelContext } from "./panel-context.ts";
import { MARKED, type Marked, Plot, type PlotData } from "./plot.ts";
import { sharesText } from "./sessions-view.ts";
import type { Texts } from "./texts.ts";

/** One session: history and forecast with its interval, what is known of it, what happened to it. */
export class SessionView {
  readonly element: HTMLElement;
  readonly #context: PanelContext;
  readonly #title = el("h3", { tabindex: "-1" });
  readonly #key = el("div", { class: "stitching-legend" });
  readonly #facts = el("dl");
  readonly #unit: HTMLSelectElement;
  readonly #hosts: HTMLSelectElement;
  readonly #pin: HTMLButtonElement;
  readonly #plot: Plot;
  readonly #marks: DecisionList;
  #detail: SessionDetail | undefined;

  constructor(context: PanelContext, close: () => void) {
    const { texts } = context;
    this.#context = context;
    this.#plot = new Plot(amount, 0, context.texts("present"));
    this.#marks = new DecisionList(context);
    const option = (value: string): HTMLElement => el("option", { value }, texts(`unit.${value}`));
    this.#unit = el("select", { "aria-label": texts("unit.label") }, option("messages"), option("bytes"));
    this.#unit.addEventListener("change", () => this.draw());
    this.#hosts = el("select", { "aria-label": texts("pin-to") });
    this.#pin = button(texts("pin"), () => this.#askPin());
    const head = el("div", { class: "stitching-head" }, button(`‹ ${texts("back")}`, close), this.#title);
    const pin = el("div", { class: "stitching-pin" }, this.#hosts, this.#pin);
    const marks = el("h4", {}, texts("marks"));
    this.element = el(
      "div",
      { class: "stitching-session" },
      head,
      this.#unit,
      this.#plot.element,
      this.#key,
      this.#facts,
      pin,
      marks,
      this.#marks.element,
    );
    this.element.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") close();
    });
  }

  focus(): void {
    this.#title.focus();
  }

  show(detail: SessionDetail, snapshot: PoolSnapshot): void {
    this.#detail = detail;
    setText(this.#title, detail.id);
    this.#title.title = detail.id;
    const hosts = ["", ...snapshot.hosts.map(({ host }) => host)];
    if (hosts.length !== this.#hosts.options.length) {
      const label = (host: string): string => host || this.#context.texts("planner-decides");
      this.#hosts.replaceChildren(...hosts.map((host) => el("option", { value: host }, label(host))));
      this.#hosts.value = detail.pinnedTo ?? "";
    }
    this.#pin.disabled = !this.#context.may("pin");
    this.#pin.title = this.#pin.disabled ? this.#context.texts("not-allowed") : "";
    this.draw();
    const facts = this.#factsOf(detail).filter((fact): fact is [string, string] => fact[1] !== undefined);
    keepChildren(
      this.#facts,
      facts,
      () => el("div", {}, el("dt"), el("dd")),
      ({ children: [name, value] }, [key, text]) => {
        if (name) setText(name, this.#context.texts(`fact.${key}`));
        if (value) setText(value, text);
      },
    );
    this.#marks.show(detail.marks.toReversed());
  }

  /** What the marks of the plot mean, and how many there are. */
  #showKey(kinds: readonly Marked[]): void {
    const found = MARKED.filter((kind) => kinds.includes(kind));
    keepChildren(
      this.#key,
      found,
      () => el("span", {}, el("i", { "aria-hidden": "true" }), ""),
      (element, kind) => {
        const [flag, text] = element.childNodes;
        if (flag instanceof Element) setClass(flag, `stitching-flag stitching-flag-${kind}`);
        const label = `${this.#context.texts(`kind.${kind}`)} × ${kinds.filter((one) => one === kind).length}`;
        if (text && text.textContent !== label) text.textContent = label;
      },
    );
  }

  #askPin(): void {
    if (!this.#detail) return;
    const { id } = this.#detail;
    const host = this.#hosts.value;
    const { texts, ask } = this.#context;
    const question = host ? texts("ask.pin", { session: id, host }) : texts("ask.unpin", { session: id });
    ask("pin", question, { sessionId: id, ...(host && { host }) });
  }

  #factsOf(detail: SessionDetail): [string, string | undefined][] {
    const { texts } = this.#context;
    const { forecast, qos, periodMs, periodConfidence } = detail;
    const types = Object.entries(detail.dataTypes).map(
      ([kind, share]) => `${texts(`type.${kind}`)} ${percent(share)}`,
    );
    const mirrors = detail.mirrors.map(({ host, warm }) => `${host} (${texts(warm ? "warm" : "cold")})`);
    const seasons = forecast?.seasonsMs ?? [];
    const sure = periodConfidence ? texts("sure", { sure: percent(periodConfidence) }) : "";
    return [
      ["pattern", texts(`pattern.${detail.pattern}`)],
      ["device", detail.deviceProfile],
      ["period", periodMs === undefined ? texts("none") : `${duration(periodMs)} ${sure}`],
      ["season", seasons.length > 0 ? seasons.map(duration).join(", ") : texts("none")],
      [
        "rate",
        `${amount(detail.messagesPerSec)} ${texts("unit.messages")}, ${bytesRate(detail.bytesPerSec)}`,
      ],
      [
        "peak",
        detail.peakBps === undefined ? undefined : `${bytesRate(detail.peakBps)}${this.#when(detail)}`,
      ],
      ["model", forecast && modelText(forecast, texts)],
      ["skill", forecast && skillText(forecast.skill, texts("untrusted"))],
      ["shares", sharesText(detail) || undefined],
      ["pinned", detail.pinnedTo],
      ["mirrors", mirrors.length > 0 ? mirrors.join(", ") : texts("none")],
      ["types", types.length > 0 ? types.join(", ") : undefined],
      ["qos", qos && qosText(qos, texts)],
    ];
  }

  #when({ peakAtMs, nowMs }: SessionDetail): string {
    if (peakAtMs === undefined || peakAtMs < nowMs) return "";
    return ` ${this.#context.texts("in", { time: duration(peakAtMs - nowMs) })}`;
  }

  draw(): void {
    const detail = this.#detail;
    if (!detail) return;
    const unit = this.#unit.value === "bytes" ? "bytes" : "messages";
    const { texts } = this.#context;
    const label = texts("session-plot", { session: detail.id, rate: amount(detail.messagesPerSec) });
    const { fromMs } = detail.history;
    const events = detail.marks.flatMap(({ atMs, kind }) =>
      isMarked(kind) && atMs >= fromMs ? [{ atMs, kind }] : [],
    );
    this.#showKey(events.map(({ kind }) => kind));
    this.#plot.show(plotData(detail, unit), { nowMs: detail.nowMs, events }, label);
  }
}

const isMarked = (kind: string): kind is Marked => (MARKED as readonly string[]).includes(kind);

/** What the engine calls its forecast of a device that ought to have sent and didn't. */
const SILENT = "offline";

/** Each member's part, and how it does alone. */
function modelText({ model, members }: NonNullable<SessionDetail["forecast"]>, texts: Texts): string {
  if (model === SILENT) return texts("silent-device");
  const told = members.map(({ name, weight, skill }) => {
    const part = `${name} ${percent(weight)}`;
    return skill === undefined ? part : `${part} ${texts("alone", { skill: signed(skill) })}`;
  });
  return told.join(", ") || model;
}

const signed = (skill: number): string => decimal(skill, 2);

function skillText(skill: number, untrusted: string): string {
  return skill > 0 ? signed(skill) : `${signed(skill)} (${untrusted})`;
}

function qosText(qos: NonNullable<SessionDetail["qos"]>, texts: Texts): string {
  const { latencyMs, loss, order, priority } = qos;
  const latency = latencyMs === undefined ? [] : [`≤ ${duration(latencyMs)}`];
  const said = [texts(`loss.${loss}`), texts(`order.${order}`), texts("priority", { priority })];
  return [...latency, ...said].join(", ");
}

function plotData({ history, forecast }: SessionDetail, unit: "messages" | "bytes"): PlotData {
  const young = history[unit].findIndex((value) => value !== null);
  const past = young < 0 ? [] : history[unit].slice(young);
  const fromMs = history.fromMs + Math.max(0, young) * history.stepMs;
  const curve = forecast?.[unit];
  const count = curve?.median.length ?? 0;
  const pad = (length: number): null[] => Array.from({ length }, () => null);
  const start = forecast?.atMs ?? Number.POSITIVE_INFINITY;
  const kept = past.filter((_, i) => fromMs + i * history.stepMs <= start).length;
  const times = Array.from({ length: kept }, (_, i) => (fromMs + i * history.stepMs) / 1000);
  const ahead = Array.from({ length: count }, (_, i) => (start + (i + 1) * (forecast?.stepMs ?? 0)) / 1000);
  const line = (points: readonly number[] = []): (number | null)[] => [...pad(kept), ...points];
  return [
    [...times, ...ahead],
    [...past.slice(0, kept), ...pad(count)],
    line(curve?.median),
    line(curve?.lower),
    line(curve?.upper),
  ];
}
