import { ByteBudget, SIDEBAR_BPS } from "../../src/adapters/monitor/byte-budget.ts";
import type {
  DecisionPage,
  OperatorAction,
  PoolHead,
  PoolSnapshot,
  SessionDetail,
  SessionPage,
} from "../../src/adapters/monitor/views.ts";

export interface TableQuery {
  readonly search: string;
  readonly sort: string;
  readonly order: "asc" | "desc";
  readonly page: number;
}

const ROOT = "session-stitching";
/** A request that takes longer is given up: the next one is due. */
const TIMEOUT_MS = 5000;

export class RequestError extends Error {
  /** HTTP status; 0: no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The admin routes. By `$.ajax` and relative addresses: to those the editor adds its user's token. */
export class Client {
  readonly #budget = new ByteBudget(SIDEBAR_BPS);

  /** Whether what nobody waits for may be asked. */
  get mayAsk(): boolean {
    return this.#budget.isOpen(performance.now());
  }

  #ask<T>(path: string, options: object): Promise<T> {
    return new Promise((resolve, reject) => {
      $.ajax({
        url: `${ROOT}/${path}`,
        dataType: "json",
        cache: false,
        timeout: TIMEOUT_MS,
        ...options,
      }).then(
        (answer: T, _status: unknown, { responseText }: JQuery.jqXHR) => {
          this.#budget.spend(responseText.length, performance.now());
          resolve(answer);
        },
        (failed: JQuery.jqXHR) => {
          const said = failed.responseJSON as { message?: string } | undefined;
          reject(new RequestError(failed.status, said?.message ?? failed.statusText));
        },
      );
    });
  }

  #get<T>(path: string, query: object = {}): Promise<T> {
    return this.#ask(path, { data: query });
  }

  async pools(): Promise<readonly PoolHead[]> {
    return (await this.#get<{ pools: PoolHead[] }>("pools")).pools;
  }

  snapshot(pool: string, since: number): Promise<PoolSnapshot> {
    return this.#get(`pools/${encodeURIComponent(pool)}`, { since });
  }

  sessions(pool: string, query: TableQuery): Promise<SessionPage> {
    return this.#get(`pools/${encodeURIComponent(pool)}/sessions`, query);
  }

  session(pool: string, session: string): Promise<SessionDetail> {
    return this.#get(`pools/${encodeURIComponent(pool)}/session`, { session });
  }

  decisions(pool: string, after: number): Promise<DecisionPage> {
    return this.#get(`pools/${encodeURIComponent(pool)}/decisions`, { after });
  }

  order(pool: string, action: OperatorAction, body: object): Promise<unknown> {
    return this.#ask(`pools/${encodeURIComponent(pool)}/${action}`, {
      method: "POST",
      contentType: "application/json",
      data: JSON.stringify(body),
    });
  }
}
