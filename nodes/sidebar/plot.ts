import uPlot from "uplot";
import { clockTime, decimal } from "../../src/adapters/monitor/numbers.ts";
import { el, setText } from "./dom.ts";

/** Kinds of what happened that a plot marks. */
export const MARKED = ["mirrored", "shifted", "failed-over"] as const;
export type Marked = (typeof MARKED)[number];

export interface PlotColors {
  readonly marks: Readonly<Record<Marked, string>>;
  readonly line: string;
  readonly forecast: string;
  readonly band: string;
  readonly limit: string;
  readonly text: string;
  readonly grid: string;
}

/** What is drawn over the lines. */
export interface PlotMarks {
  /** Horizontal, e.g. the threshold. */
  readonly limit?: number | undefined;
  readonly nowMs: number;
  readonly events?: readonly { readonly atMs: number; readonly kind: Marked }[];
}

/** Columns by time: past values; forecast with its interval. Times in seconds, missing values null. */
export type PlotData = [number[], ...(number | null)[][]];

const HEIGHT = 110;
/** A young series is not drawn as a speck at the edge of an empty quarter of an hour, nor blown up. */
const LEAST_PAST_SEC = 120;
/** Half of the width of a mark of what happened, CSS pixels. */
const MARK_SIZE = 5;
const MARK_ALPHA = 0.45;
/** As high as that, relative to what it is the interval of, an interval is drawn. */
const BAND_ROOM = 1.5;
const BAND_ALPHA = "33";
/** Between two labels of the time axis, seconds; as many labels as fit a sidebar at its narrowest. */
const TICKS_SEC = [10, 30, 60, 120, 300, 600, 3600];
const MOST_TICKS = 5;
/** Of the span, at its end: a label there would be cut. */
const EDGE = 0.06;

/** Names of the editor's own colours; a theme may set any CSS colour, a canvas wants to be told it outright. */
export function themeColors(within: Element): PlotColors {
  const style = getComputedStyle(within);
  const pen = document.createElement("canvas").getContext("2d");
  const color = (name: string): string => {
    if (!pen) return "currentColor";
    pen.fillStyle = style.getPropertyValue(`--red-ui-${name}`).trim() || style.color;
    return pen.fillStyle as string;
  };
  const forecast = color("node-status-colors-blue");
  return {
    marks: {
      mirrored: forecast,
      shifted: color("text-color-warning"),
      "failed-over": color("text-color-error"),
    },
    line: color("primary-text-color"),
    forecast,
    band: forecast.startsWith("#") ? `${forecast}${BAND_ALPHA}` : forecast,
    limit: color("text-color-error"),
    text: color("secondary-text-color"),
    grid: color("secondary-border-color"),
  };
}

/** A line of the past that runs into a forecast with its interval. Redrawn when its data, width or theme change. */
export class Plot {
  readonly element: HTMLElement = el("div", { class: "stitching-plot", role: "img" });
  readonly #canvas = el("div");
  readonly #readout = el("div", { class: "stitching-readout", "aria-hidden": "true" });
  readonly #format: (value: number) => string;
  readonly #top: number;
  readonly #now: string;
  #plot: uPlot | undefined;
  #colors = "";
  #marks: PlotMarks = { nowMs: 0 };
  /** Of the scale. */
  #highest = 1;

  /** `top`: the scale reaches at least so high. `now`: what the axis calls the present. */
  constructor(format: (value: number) => string, top: number, now: string) {
    this.#format = format;
    this.#top = top;
    this.#now = now;
    this.element.append(this.#canvas, this.#readout);
  }

  show(data: PlotData, marks: PlotMarks, label: string): void {
    this.#marks = marks;
    this.#highest = highestOf(data, this.#top);
    this.element.setAttribute("aria-label", label);
    const width = this.element.clientWidth;
    if (width === 0) return;
    const colors = themeColors(this.element);
    const key = JSON.stringify(colors);
    if (!this.#plot || key !== this.#colors) this.#draw(colors, width, data);
    else {
      if (this.#plot.width !== width) this.#plot.setSize({ width, height: HEIGHT });
      this.#plot.setData(data as uPlot.AlignedData);
    }
    this.#colors = key;
  }

  #draw(colors: PlotColors, width: number, data: PlotData): void {
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(colors, width), data as uPlot.AlignedData, this.#canvas);
    // For whoever wants its numbers rather than its picture.
    Object.assign(this.element, { plot: this.#plot });
  }

  #options(colors: PlotColors, width: number): uPlot.Options {
    const line = (stroke: string, more: object = {}): uPlot.Series => ({
      stroke,
      width: 1.5,
      points: { show: false },
      ...more,
    });
    const edge = line("transparent", { width: 0 });
    const axis = {
      stroke: colors.text,
      grid: { stroke: colors.grid, width: 0.5 },
      ticks: { show: false },
      font: "10px sans-serif",
    };
    return {
      width,
      height: HEIGHT,
      padding: [6, 6, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: {
        x: {
          range: (_plot, least, most) => [Math.min(least, this.#marks.nowMs / 1000 - LEAST_PAST_SEC), most],
        },
        y: { range: () => [0, this.#highest * 1.05] },
      },
      series: [{}, line(colors.line), line(colors.forecast, { dash: [4, 3] }), edge, edge],
      bands: [{ series: [4, 3], fill: colors.band }],
      axes: [
        {
          ...axis,
          size: 20,
          gap: 2,
          splits: (_plot, _axis, least, most) => ticksAbout(this.#marks.nowMs / 1000, least, most),
          values: (_plot, splits) => splits.map((at) => fromNow(at - this.#marks.nowMs / 1000, this.#now)),
        },
        {
          ...axis,
          size: 40,
          gap: 2,
          space: 26,
          values: (_plot, splits) => splits.map((v) => this.#format(v)),
        },
      ],
      hooks: {
        draw: [(plot) => this.#drawMarks(plot, colors)],
        setCursor: [(plot) => this.#read(plot)],
      },
    };
  }

  #drawMarks(plot: uPlot, colors: PlotColors): void {
    const { ctx, bbox } = plot;
    const { limit, nowMs, events = [] } = this.#marks;
    ctx.save();
    ctx.lineWidth = devicePixelRatio;
    const stroke = (color: string, dash: number[], from: [number, number], to: [number, number]): void => {
      ctx.strokeStyle = color;
      ctx.setLineDash(dash);
      ctx.beginPath();
      ctx.moveTo(...from);
      ctx.lineTo(...to);
      ctx.stroke();
    };
    const vertical = (atMs: number, color: string, dash: number[], height: number): void => {
      const x = plot.valToPos(atMs / 1000, "x", true);
      if (x >= bbox.left && x <= bbox.left + bbox.width)
        stroke(color, dash, [x, bbox.top], [x, bbox.top + height]);
    };
    if (limit !== undefined) {
      const y = plot.valToPos(limit, "y", true);
      stroke(colors.limit, [6, 4], [bbox.left, y], [bbox.left + bbox.width, y]);
    }
    vertical(nowMs, colors.text, [2, 2], bbox.height);
    for (const { atMs, kind } of events) {
      ctx.globalAlpha = MARK_ALPHA;
      vertical(atMs, colors.marks[kind], [], bbox.height);
      ctx.globalAlpha = 1;
      drawFlag(plot, atMs, colors.marks[kind]);
    }
    ctx.restore();
  }

  #read(plot: uPlot): void {
    const { idx, left = -1 } = plot.cursor;
    setText(this.#readout, left < 0 || typeof idx !== "number" ? "" : this.#valuesAt(plot, idx));
  }

  #valuesAt(plot: uPlot, index: number): string {
    const [at, past, median, lower, upper] = plot.data.map((column) => column[index]);
    const value = (of: number | null | undefined): string => (typeof of === "number" ? this.#format(of) : "");
    const ahead = typeof median === "number" ? `${value(median)} (${value(lower)} … ${value(upper)})` : "";
    return `${clockTime((at ?? 0) * 1000)}  ${value(past) || ahead}`;
  }
}

/** A triangle on the top edge, that points at its time. */
function drawFlag(plot: uPlot, atMs: number, color: string): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(atMs / 1000, "x", true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  const half = MARK_SIZE * devicePixelRatio;
  ctx.fillStyle = color;
  ctx.beginPath();
  ctx.moveTo(x - half, bbox.top);
  ctx.lineTo(x + half, bbox.top);
  ctx.lineTo(x, bbox.top + 1.6 * half);
  ctx.fill();
}

/** What was and what is expected set the scale; an interval that knows next to nothing may leave it. */
function highestOf([, past = [], median = [], , upper = []]: PlotData, top: number): number {
  const most = (line: readonly (number | null)[]): number =>
    line.reduce<number>((highest, value) => Math.max(highest, value ?? 0), 0);
  const known = Math.max(top, most(past), most(median));
  return Math.min(Math.max(known, most(upper)), BAND_ROOM * known) || 1;
}

/** Whole steps before and after the present: with it, what is on the left was, what is on the right is to come. */
function ticksAbout(now: number, least: number, most: number): number[] {
  const span = most - least;
  const step = TICKS_SEC.find((sec) => span / sec <= MOST_TICKS) ?? span / MOST_TICKS;
  const first = Math.ceil((least + span * EDGE - now) / step);
  const last = Math.floor((most - span * EDGE - now) / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => now + (first + i) * step);
}

function fromNow(seconds: number, now: string): string {
  if (Math.abs(seconds) < 1) return now;
  const size = Math.abs(seconds);
  const text =
    size < 60 ? `${Math.round(size)} s` : `${decimal(size / 60, Number.isInteger(size / 60) ? 0 : 1)} min`;
  return `${seconds < 0 ? "−" : "+"}${text}`;
}
