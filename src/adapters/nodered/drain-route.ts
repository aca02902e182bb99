import { StitchError } from "../../core/errors.ts";
import { readDrainOrder } from "../../core/route/drain-order.ts";
import type { GatewayPool } from "../pool/gateway-pool.ts";

interface Request {
  readonly body: unknown;
}
interface Response {
  sendStatus(code: number): unknown;
  status(code: number): { json(body: object): unknown };
}

/** Answers `POST …/drain`; the body is what `msg.drain` may be, as an object. */
export function answerDrain(pool: GatewayPool | undefined, { body }: Request, response: Response): void {
  try {
    if (!pool) throw new StitchError("BAD_CONFIG", "no such session-pool is deployed");
    pool.gateway().drain(readDrainOrder(body));
    response.sendStatus(204);
  } catch (error) {
    response.status(400).json({ message: error instanceof Error ? error.message : String(error) });
  }
}
