import type { OperatorAction } from "../../src/adapters/monitor/views.ts";
import type { Texts } from "./texts.ts";

/** What the views of the panel share. */
export interface PanelContext {
  readonly texts: Texts;
  /** Asks the person first; resolves when it is done or given up. */
  readonly ask: (action: OperatorAction, question: string, body: object) => void;
  readonly may: (action: OperatorAction) => boolean;
  readonly openSession: (id: string) => void;
  readonly openDecisions: () => void;
  readonly openHost: (host: string) => void;
  /** Shows the stitch node of the pool on the canvas. */
  readonly revealNode: () => void;
}
