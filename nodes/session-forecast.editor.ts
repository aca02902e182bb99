import type { EditorNodeProperties, EditorRED } from "node-red";
import { type ForecastFields, readForecastSettings } from "../src/core/forecast/session/forecast-settings.ts";

declare const RED: EditorRED;

interface ForecastProperties extends EditorNodeProperties, ForecastFields {
  pool: string;
}

/**
 * The runtime's own check of one field: true, or what is wrong. Two parameters: the editor takes the text that a
 * validator of one returns for "valid".
 */
const field =
  (name: keyof ForecastFields) =>
  (value: string, _options: unknown): boolean | string => {
    try {
      readForecastSettings({ [name]: value });
      return true;
    } catch (error) {
      return error instanceof Error ? error.message : false;
    }
  };

/** "5 min", "90 s": how far ahead the forecast reaches; empty while a field is wrong. */
function reach(stepMs: unknown, horizon: unknown): string {
  try {
    const settings = readForecastSettings({ stepMs: String(stepMs), horizon: String(horizon) });
    const seconds = (settings.stepMs * settings.horizon) / 1000;
    if (seconds < 120) return `= ${Number(seconds.toFixed(1))} s`;
    return seconds < 7200
      ? `= ${Number((seconds / 60).toFixed(1))} min`
      : `= ${Number((seconds / 3600).toFixed(1))} h`;
  } catch {
    return "";
  }
}

RED.nodes.registerType<ForecastProperties>("session-forecast", {
  category: "session stitching",
  color: "#C7B8E0",
  icon: "session-forecast.svg",
  paletteLabel: "forecast",
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: "" },
    pool: { value: "", type: "session-pool", required: false },
    mode: { value: "session", validate: field("mode") as (value: string) => boolean },
    value: { value: "payload", validate: field("value") as (value: string) => boolean },
    valueType: { value: "msg", validate: field("valueType") as (value: string) => boolean },
    series: { value: "topic", validate: field("series") as (value: string) => boolean },
    seriesType: { value: "msg", validate: field("seriesType") as (value: string) => boolean },
    stepMs: { value: "10000", validate: field("stepMs") as (value: string) => boolean },
    horizon: { value: "30", validate: field("horizon") as (value: string) => boolean },
    level: { value: "80", validate: field("level") as (value: string) => boolean },
    aggregation: { value: "mean", validate: field("aggregation") as (value: string) => boolean },
    missing: { value: "gap", validate: field("missing") as (value: string) => boolean },
    arima: { value: true },
    arimaOrder: { value: "", validate: field("arimaOrder") as (value: string) => boolean },
    lstm: { value: true },
  },
  label() {
    return this.name || (this.mode === "value" ? `forecast: ${this.value || "payload"}` : "forecast");
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("session-forecast.input");
  },
  outputLabels(index) {
    return this._(index === 0 ? "session-forecast.output.message" : "session-forecast.output.forecast");
  },
  oneditprepare() {
    $("#node-input-value").typedInput({ default: "msg", types: ["msg"], typeField: "#node-input-valueType" });
    $("#node-input-series").typedInput({
      default: "msg",
      types: ["msg", "str"],
      typeField: "#node-input-seriesType",
    });
    const mode = $("#node-input-mode");
    const showMode = (): void => {
      const isValue = mode.val() === "value";
      $(".session-forecast-value").toggle(isValue);
      $(".session-forecast-session").toggle(!isValue);
    };
    const steps = $("#node-input-stepMs, #node-input-horizon");
    const showReach = (): void => {
      $("#session-forecast-reach").text(reach($("#node-input-stepMs").val(), $("#node-input-horizon").val()));
    };
    const arima = $("#node-input-arima");
    const showOrder = (): void => {
      $(".session-forecast-order").toggle(arima.is(":checked"));
    };
    arima.on("change", showOrder);
    showOrder();
    mode.on("change", showMode);
    steps.on("change input", showReach);
    showMode();
    showReach();
  },
});
