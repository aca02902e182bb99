import { quote, StitchError } from "../../core/errors.ts";
import type { HostFailure, HostMessage, HostSession, OutputMark } from "./host-messages.ts";

type Message = Readonly<Record<string, unknown>>;

const isPosition = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** A stream's message as the flow sees it. `output` marked it on the host it came from: here it is an input. */
export function toFlow({ topic, payload, props, session, state }: HostMessage): Record<string, unknown> {
  const { output: _, ...rest } = props;
  return { ...rest, ...(topic === undefined ? undefined : { topic }), payload, session, state };
}

/** What a Catch node gets of a failure: the message that was passed over, where it was one. */
export function failedFlow({ message, session }: HostFailure): Record<string, unknown> {
  if (!message) return { session };
  const { output: _, ...rest } = message.props;
  const { topic, payload } = message;
  return { ...rest, ...(topic === undefined ? undefined : { topic }), payload, session };
}

/** The mark that `commit` put on an output, when a Complete or Catch node brings it back. */
export function outputMarkOf({ output }: Message): OutputMark | undefined {
  if (output === null || typeof output !== "object") return undefined;
  const mark = output as Partial<OutputMark>;
  const isMark = typeof mark.sessionId === "string" && isPosition(mark.slot) && isPosition(mark.seq);
  return isMark && isPosition(mark.index) ? (mark as OutputMark) : undefined;
}

/** Which message the flow is done with. Throws StitchError `BAD_MESSAGE`. */
export function sessionOf({ session }: Message): HostSession {
  const found = (session ?? {}) as Partial<HostSession>;
  const isSession = typeof found.id === "string" && isPosition(found.slot) && isPosition(found.epoch);
  if (isSession && isPosition(found.seq)) return found as HostSession;
  const what =
    "msg.session of the receive node must reach the commit node: keep the message, change its parts";
  throw new StitchError("BAD_MESSAGE", `${what}; got ${quote(session)}`);
}

/** A Catch node brought it: the flow failed with this message. */
export function isCaught({ error }: Message): boolean {
  return error !== null && typeof error === "object" && typeof (error as Message)["source"] === "object";
}

/** What belongs to one HTTP request, to this message's way through the flow, or to `commit` itself. */
const NOT_STORED = new Set(["req", "res", "session", "state", "outputs", "output", "_event"]);

function stored(message: Message): Record<string, unknown> {
  return Object.fromEntries(Object.entries(message).filter(([name]) => !NOT_STORED.has(name)));
}

/** `msg.outputs`, else the message itself; of a caught one nothing unless it says so. Throws StitchError `BAD_MESSAGE`. */
export function outputsOf(message: Message): Record<string, unknown>[] {
  const { outputs } = message;
  if (outputs === undefined) return isCaught(message) ? [] : [stored(message)];
  if (!Array.isArray(outputs))
    throw new StitchError("BAD_MESSAGE", `msg.outputs must be an array of messages, got ${quote(outputs)}`);
  return outputs.map((output: unknown, i) => {
    if (output === null || typeof output !== "object" || Array.isArray(output))
      throw new StitchError("BAD_MESSAGE", `msg.outputs[${i}] must be a message, got ${quote(output)}`);
    return stored(output as Message);
  });
}
