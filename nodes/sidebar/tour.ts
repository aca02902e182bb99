import type { SidebarEditor } from "./editor-api.ts";

const TOUR = "resources/@iot-stitch/node-red-session-stitching/tour.js";

/** Undefined: this editor has no guide. */
export function tourOf({ tourGuide }: SidebarEditor): (() => void) | undefined {
  if (!tourGuide) return undefined;
  // The guide imports it: relative to its own script, where this is not.
  return () => tourGuide.run(new URL(TOUR, document.baseURI).href);
}
