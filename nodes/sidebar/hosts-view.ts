import { amount, bytesRate, duration, percent } from "../../src/adapters/monitor/numbers.ts";
import { inPercent, reasonText } from "../../src/adapters/monitor/reasons.ts";
import { type Verdict, verdictOf } from "../../src/adapters/monitor/verdict.ts";
import type { HostSnapshot, PoolSnapshot } from "../../src/adapters/monitor/views.ts";
import { button, el, keepChildren, setClass, setText } from "./dom.ts";
import { HostSeriesCache } from "./host-series.ts";
import type { PanelContext } from "./panel-context.ts";
import { Plot } from "./plot.ts";

/** More plots than that are drawn for nobody, but of the host that is spoken of; the bars tell of all. */
const PLOTS = 8;
const LEGEND = ["load", "forecast", "peak", "threshold"] as const;

interface HostElements {
  readonly name: HTMLElement;
  readonly state: HTMLElement;
  readonly numbers: HTMLElement;
  readonly bar: HTMLElement;
  readonly fill: HTMLElement;
  readonly peak: HTMLElement;
  readonly limit: HTMLElement;
  readonly facts: HTMLElement;
  readonly drain: HTMLButtonElement;
  readonly plot: Plot;
}

/** Each host: a bar of its load now, predicted peak and threshold, a plot, and what else is known. */
export class HostsView {
  readonly element: HTMLElement;
  readonly #list: HTMLElement = el("div", { class: "stitching-hosts", role: "list" });
  readonly #said = el("span");
  readonly #worst = el("button", { type: "button", class: "stitching-link" });
  readonly #verdict = el("p", { class: "stitching-verdict" }, this.#said, " ", this.#worst);
  readonly #alarm = el("p", { class: "stitching-sr", role: "status" });
  #turn = "";
  readonly #latest: HTMLElement;
  readonly series: HostSeriesCache = new HostSeriesCache();
  readonly #context: PanelContext;
  readonly #parts = new WeakMap<Element, HostElements>();
  #hosts: readonly HostSnapshot[] = [];

  constructor(context: PanelContext) {
    this.#context = context;
    const key = LEGEND.map((line) => {
      const sample = el("i", { class: `stitching-key stitching-key-${line}`, "aria-hidden": "true" });
      return el("span", {}, sample, context.texts(`legend.${line}`));
    });
    this.#worst.addEventListener("click", () => this.focus(this.#worst.dataset["host"] ?? ""));
    this.#latest = el("button", { type: "button", class: "stitching-link stitching-latest" });
    this.#latest.addEventListener("click", () => context.openDecisions());
    const legend = el("div", { class: "stitching-legend" }, ...key);
    this.element = el("div", {}, this.#verdict, this.#alarm, this.#latest, legend, this.#list);
  }

  show(snapshot: PoolSnapshot): void {
    const { hosts, status } = snapshot;
    this.#hosts = hosts;
    this.#tell(verdictOf(snapshot));
    setText(this.#latest, reasonText(inPercent(this.#context.texts), status.reason ?? ""));
    this.#latest.title = this.#context.texts("latest");
    this.#latest.hidden = status.reason === undefined;
    keepChildren(
      this.#list,
      hosts,
      () => this.#make(),
      (element, host) => this.#fill(element, host, snapshot),
    );
  }

  #tell({ level, key, host = "", load, inMs = 0 }: Verdict): void {
    const values = { host, load: percent(load), time: duration(Math.ceil(inMs / 1000) * 1000) };
    const text = this.#context.texts(`verdict.${key}`, values);
    setText(this.#said, text);
    // Among a few, all are in sight.
    this.#worst.hidden = host === "" || this.#hosts.length <= PLOTS;
    this.#worst.dataset["host"] = host;
    setText(this.#worst, this.#worst.hidden ? "" : `→ ${host}`);
    // Read out once when it turns, not with each number that changes.
    const turn = level === "fine" ? "" : `${key} ${host}`;
    if (turn !== this.#turn) setText(this.#alarm, turn && text);
    this.#turn = turn;
    setClass(this.#verdict, `stitching-verdict stitching-is-${level}`);
  }

  /** Brings a host into sight. */
  focus(host: string): void {
    const at = this.#hosts.findIndex((snapshot) => snapshot.host === host);
    const element = this.#list.children[at];
    if (!(element instanceof HTMLElement)) return;
    element.scrollIntoView({ block: "nearest" });
    element.focus();
  }

  #make(): Element {
    const fill = el("div", { class: "stitching-fill" });
    const peak = el("div", { class: "stitching-peak" });
    const limit = el("div", { class: "stitching-limit" });
    const parts: HostElements = {
      name: el("h4"),
      state: el("span", { class: "stitching-state" }),
      numbers: el("div", { class: "stitching-numbers" }),
      bar: el(
        "div",
        { class: "stitching-bar", role: "meter", "aria-valuemin": "0", "aria-valuemax": "100" },
        fill,
        peak,
        limit,
      ),
      fill,
      peak,
      limit,
      facts: el("div", { class: "stitching-facts" }),
      drain: button("", () => this.#askDrain(element)),
      plot: new Plot(percent, 1, this.#context.texts("present")),
    };
    const head = el("div", { class: "stitching-head" }, parts.name, parts.state, parts.drain);
    const element = el(
      "div",
      { class: "stitching-host", role: "listitem", tabindex: "-1" },
      head,
      parts.numbers,
      parts.bar,
      parts.plot.element,
      parts.facts,
    );
    this.#parts.set(element, parts);
    return element;
  }

  #askDrain(element: Element): void {
    const host = this.#hosts[Array.from(this.#list.children).indexOf(element)];
    if (!host) return;
    const { texts, ask } = this.#context;
    const key = host.isDrainAsked ? "ask.undrain" : "ask.drain";
    ask("drain", texts(key, { host: host.host }), { host: host.host, on: !host.isDrainAsked });
  }

  #fill(element: Element, host: HostSnapshot, snapshot: PoolSnapshot): void {
    const parts = this.#parts.get(element);
    if (!parts) return;
    const { texts, may } = this.#context;
    const { utilisation, predictedPeak, state } = host;
    setText(parts.name, host.host);
    parts.name.title = host.host;
    setText(parts.state, texts(`state.${state}`));
    setClass(parts.state, `stitching-state stitching-state-${state}`);
    parts.state.title = reasonText(inPercent(texts), host.reason ?? "");
    setText(parts.drain, texts(host.isDrainAsked ? "undrain" : "drain"));
    parts.drain.setAttribute(
      "aria-label",
      texts(host.isDrainAsked ? "undrain-host" : "drain-host", { host: host.host }),
    );
    parts.drain.title = may("drain") ? "" : texts("not-allowed");
    parts.drain.disabled = !may("drain") || (!host.isDrainAsked && state !== "up" && state !== "declared");
    const isLimited = Object.keys(host.capacity).length > 0;
    const now = isLimited ? percent(utilisation) : texts("rate", { rate: amount(host.messagesPerSec) });
    const seconds = Math.round(snapshot.leadTimeMs / 1000);
    const peak =
      isLimited && predictedPeak !== undefined
        ? texts("peak", { peak: percent(predictedPeak), seconds })
        : "";
    // What is still reckoned of a host that is gone is of the past.
    const isGone = state === "gone";
    const numbers = [texts("now", { load: now }), peak].filter(Boolean).join(" · ");
    setText(parts.numbers, isGone ? texts("nothing-sent") : numbers);
    parts.bar.hidden = isGone;
    this.#bar(parts, host, snapshot.threshold);
    keepChildren(parts.facts, this.#facts(host), () => el("span"), setText);
    this.#plot(parts.plot, host, snapshot, isLimited);
  }

  #bar(parts: HostElements, { host, utilisation, predictedPeak }: HostSnapshot, threshold: number): void {
    const worst = Math.max(utilisation, predictedPeak ?? 0);
    const level = utilisation > threshold ? "over" : worst > threshold ? "warning" : "fine";
    setClass(parts.fill, `stitching-fill stitching-${level}`);
    const width = (share: number): string => `${Math.min(100, share * 100)}%`;
    parts.fill.style.width = width(utilisation);
    parts.peak.style.left = width(predictedPeak ?? 0);
    parts.peak.hidden = predictedPeak === undefined;
    parts.limit.style.left = width(threshold);
    const { texts } = this.#context;
    parts.bar.setAttribute("aria-valuenow", String(Math.round(Math.min(1, utilisation) * 100)));
    parts.bar.setAttribute("aria-label", texts("load-of", { host }));
    const values = { now: percent(utilisation), peak: percent(predictedPeak), limit: percent(threshold) };
    parts.bar.setAttribute("aria-valuetext", texts("bar", values));
    parts.bar.title = texts("bar", values);
  }

  #facts(host: HostSnapshot): string[] {
    const { texts } = this.#context;
    const slots = texts(host.slots === 1 ? "slot" : "slots", { slots: host.slots });
    if (host.state === "gone") return [slots];
    return [
      slots,
      host.latency
        ? texts("latency", { p50: duration(host.latency.p50Ms), p99: duration(host.latency.p99Ms) })
        : "",
      this.#loadText(host),
      host.pending === undefined ? "" : texts("pending", { pending: amount(host.pending) }),
      host.loopDelayP99Ms === undefined ? "" : texts("delay", { delay: duration(host.loopDelayP99Ms) }),
      host.cpu === undefined ? "" : texts("cpu", { cpu: percent(host.cpu) }),
    ].filter(Boolean);
  }

  /** What it gets, of what it can carry by each limit that is known. */
  #loadText({ messagesPerSec, bytesPerSec, capacity, isMeasured }: HostSnapshot): string {
    const { texts } = this.#context;
    const rate = texts("rate", { rate: amount(messagesPerSec) });
    const parts = [
      capacity.messagesPerSec === undefined
        ? ""
        : texts("of", {
            now: amount(messagesPerSec),
            limit: texts("rate", { rate: amount(capacity.messagesPerSec) }),
          }),
      capacity.bytesPerSec === undefined
        ? ""
        : texts("of", { now: bytesRate(bytesPerSec), limit: bytesRate(capacity.bytesPerSec) }),
    ].filter(Boolean);
    if (parts.length === 0) return texts("no-capacity", { load: rate });
    return texts(isMeasured ? "measured-capacity" : "capacity", { load: parts.join(", ") });
  }

  #plot(plot: Plot, host: HostSnapshot, snapshot: PoolSnapshot, isLimited: boolean): void {
    const at = this.#hosts.indexOf(host);
    const isShown = at < PLOTS || host.host === this.#worst.dataset["host"];
    plot.element.hidden = !isShown || !isLimited;
    if (plot.element.hidden) return;
    const data = this.series.plotData(host.host, snapshot);
    const ahead = (data[2] ?? []).filter((value) => value !== null);
    const { texts } = this.#context;
    const values = { host: host.host, now: percent(host.utilisation), peak: percent(Math.max(0, ...ahead)) };
    plot.show(data, { limit: snapshot.threshold, nowMs: snapshot.nowMs }, texts("host-plot", values));
  }
}
