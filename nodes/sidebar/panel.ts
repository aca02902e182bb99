import type { Decision, OperatorAction, PoolHead, PoolSnapshot } from "../../src/adapters/monitor/views.ts";
import { Client, RequestError } from "./client.ts";
import { DecisionList } from "./decisions-view.ts";
import { button, el, setText } from "./dom.ts";
import type { SidebarEditor } from "./editor-api.ts";
import { HostsView } from "./hosts-view.ts";
import type { PanelContext } from "./panel-context.ts";
import { SessionView } from "./session-view.ts";
import { SessionsView } from "./sessions-view.ts";
import { Tabs } from "./tabs.ts";
import type { Texts } from "./texts.ts";
import { tourOf } from "./tour.ts";

/** One answer of the runtime a second, and while its tab is open one of its own every other: at most 2 updates/s. */
const LOOK_MS = 1000;
const MOST_DECISIONS = 200;
const VIEWS = ["hosts", "sessions", "decisions"] as const;

/** The sidebar: what a pool does, as the admin routes tell it. Asks nothing while it is out of sight. */
export class Panel {
  readonly element: HTMLElement;
  readonly #editor: SidebarEditor;
  readonly #texts: Texts;
  readonly #client = new Client();
  readonly #context: PanelContext;
  readonly #hosts: HostsView;
  readonly #sessions: SessionsView;
  readonly #session: SessionView;
  readonly #decisions: DecisionList;
  readonly #tabs: Tabs;
  readonly #choice: HTMLSelectElement;
  readonly #notice = el("p", { class: "stitching-empty", role: "status" });
  /** Where no pool runs. */
  readonly #newcomer: HTMLElement;
  readonly #pause: HTMLButtonElement;
  readonly #dryRun: HTMLButtonElement;
  #pool: string | undefined;
  #snapshot: PoolSnapshot | undefined;
  #list: readonly Decision[] = [];
  #openId: string | undefined;
  #isAsking = false;
  #looks = 0;

  constructor(editor: SidebarEditor, texts: Texts) {
    this.#editor = editor;
    this.#texts = texts;
    this.#context = this.#makeContext();
    this.#hosts = new HostsView(this.#context);
    this.#sessions = new SessionsView(this.#context, () => void this.#look(true));
    this.#session = new SessionView(this.#context, () => this.#closeSession());
    this.#decisions = new DecisionList(this.#context);
    this.#choice = el("select", { "aria-label": texts("pool") });
    this.#choice.addEventListener("change", () => {
      this.#choose(this.#choice.value);
      void this.#look(true);
    });
    this.#pause = button("", () => this.#toggle("pause"));
    this.#dryRun = button("", () => this.#toggle("dry-run"));
    const sessions = el("div", {}, this.#sessions.element, this.#session.element);
    const views = [this.#hosts.element, sessions, this.#decisions.element];
    this.#tabs = new Tabs(
      VIEWS.map((view, i) => ({ id: view, label: texts(view), content: views[i] as HTMLElement })),
      () => void this.#look(true),
    );
    const tour = tourOf(editor);
    const start = tour && button(texts("tour"), tour);
    const bar = el("div", { class: "stitching-toolbar" }, this.#choice, this.#pause, this.#dryRun);
    this.#newcomer = el("p", { class: "stitching-newcomer" }, start);
    const parts = [bar, this.#notice, this.#newcomer, this.#tabs.element];
    this.element = el("div", { class: "stitching-panel" }, ...parts);
    this.#session.element.hidden = true;
    this.#show(texts("loading"));
    const redraw = (): void => this.#redraw();
    new ResizeObserver(redraw).observe(this.element);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["class"] });
    setInterval(() => void this.#look(false), LOOK_MS);
  }

  #makeContext(): PanelContext {
    const { user } = this.#editor;
    return {
      texts: this.#texts,
      ask: (action, question, body) => this.#ask(action, question, body),
      may: (action) => user?.hasPermission?.(`session-stitching.${action}`) ?? true,
      openSession: (id) => this.#openSession(id),
      openDecisions: () => this.#tabs.select("decisions"),
      openHost: (host) => {
        this.#tabs.select("hosts");
        this.#hosts.focus(host);
      },
      revealNode: () => this.#reveal(),
    };
  }

  get #isVisible(): boolean {
    return this.element.offsetParent !== null && document.visibilityState === "visible";
  }

  /** `isAsked`: a person waits for it. */
  async #look(isAsked: boolean): Promise<void> {
    if (!this.#isVisible || (!isAsked && (this.#isAsking || !this.#client.mayAsk))) return;
    this.#isAsking = true;
    try {
      await this.#update(isAsked);
      this.#show("");
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isAsking = false;
    }
  }

  async #update(isAsked: boolean): Promise<void> {
    // Whoever waits is not made to wait for the list of pools.
    const isListDue = !isAsked && this.#looks++ % 10 === 0;
    if (this.#pool === undefined || isListDue) this.#offer(await this.#client.pools());
    const pool = this.#pool;
    if (pool === undefined) throw new RequestError(404, "");
    const isTables = isAsked || this.#looks % 2 === 0;
    if (!isAsked || !this.#snapshot) this.#took(await this.#client.snapshot(pool, this.#hosts.series.since));
    const view = this.#tabs.selected;
    if (view === "sessions" && isTables) await this.#updateSessions(pool);
    if (view === "decisions" && isTables) await this.#updateDecisions(pool);
  }

  #took(snapshot: PoolSnapshot): void {
    this.#snapshot = snapshot;
    this.#hosts.series.add(snapshot);
    // What is hidden has no width to draw in.
    this.#tabs.element.hidden = false;
    if (this.#tabs.selected === "hosts") this.#hosts.show(snapshot);
    const { isPaused, isDryRun } = snapshot;
    this.#state(this.#pause, "pause", isPaused);
    this.#state(this.#dryRun, "dry-run", isDryRun);
  }

  /** The theme or the width is another. */
  #redraw(): void {
    if (!this.#isVisible || !this.#snapshot) return;
    if (this.#tabs.selected === "hosts") this.#hosts.show(this.#snapshot);
    if (this.#tabs.selected === "sessions" && this.#openId !== undefined) this.#session.draw();
  }

  #state(control: HTMLButtonElement, action: "pause" | "dry-run", isOn: boolean): void {
    setText(control, this.#texts(action));
    control.setAttribute("aria-pressed", String(isOn));
    control.classList.toggle("selected", isOn);
    control.disabled = !this.#context.may(action);
    control.title = control.disabled ? this.#texts("not-allowed") : "";
  }

  async #updateSessions(pool: string): Promise<void> {
    const id = this.#openId;
    if (id === undefined) await this.#updateTable(pool);
    else if (this.#snapshot) this.#session.show(await this.#client.session(pool, id), this.#snapshot);
  }

  /** An answer that comes after the person has turned the page is to a question that is no longer asked. */
  async #updateTable(pool: string): Promise<void> {
    const asked = JSON.stringify(this.#sessions.query);
    const page = await this.#client.sessions(pool, this.#sessions.query);
    if (asked === JSON.stringify(this.#sessions.query)) this.#sessions.show(page);
  }

  async #updateDecisions(pool: string): Promise<void> {
    const last = this.#list[0]?.n ?? 0;
    if (this.#snapshot?.lastDecision === last && last > 0) return;
    const { decisions } = await this.#client.decisions(pool, last);
    this.#list = [...decisions, ...this.#list].slice(0, MOST_DECISIONS);
    this.#decisions.show(this.#list);
  }

  #offer(pools: readonly PoolHead[]): void {
    const running = pools.filter(({ isGateway }) => isGateway);
    const key = running.map(({ id, name }) => `${id} ${name}`).join();
    if (key !== this.#choice.dataset["key"])
      this.#choice.replaceChildren(...running.map(({ id, name }) => el("option", { value: id }, name)));
    this.#choice.dataset["key"] = key;
    if (!running.some(({ id }) => id === this.#pool)) this.#choose(running[0]?.id);
    this.#choice.value = this.#pool ?? "";
  }

  #choose(pool: string | undefined): void {
    this.#pool = pool;
    this.#snapshot = undefined;
    this.#list = [];
    this.#hosts.series.clear();
    this.#leaveSession();
  }

  #failed(error: unknown): void {
    const status = error instanceof RequestError ? error.status : -1;
    // A redeploy: the pool is another one, or starts anew.
    if (status === 404 && this.#openId === undefined) this.#choose(undefined);
    const isGone = status === 404 && this.#openId !== undefined;
    const keys: Record<number, string> = {
      0: "offline",
      401: "not-allowed",
      403: "not-allowed",
      404: "no-pool",
    };
    if (isGone) this.#leaveSession();
    const said = error instanceof Error ? error.message : String(error);
    this.#show(isGone ? this.#texts("session-gone") : keys[status] ? this.#texts(keys[status]) : said);
  }

  /** Instead of the views; empty: the views. */
  #show(notice: string): void {
    setText(this.#notice, notice);
    this.#notice.hidden = notice === "";
    this.#tabs.element.hidden = this.#snapshot === undefined;
    this.#newcomer.hidden = notice !== this.#texts("no-pool");
    this.#pause.hidden = this.#dryRun.hidden = this.#choice.hidden = this.#snapshot === undefined;
  }

  #openSession(id: string): void {
    this.#openId = id;
    this.#sessions.element.hidden = true;
    this.#session.element.hidden = false;
    this.#tabs.select("sessions");
    void this.#look(true).then(() => this.#session.focus());
  }

  /** Back to where the person was. */
  #closeSession(): void {
    const id = this.#openId;
    this.#leaveSession();
    void this.#look(true).then(() => id !== undefined && this.#sessions.focus(id));
  }

  /** Asks nothing: where no pool runs, each answer leads here. */
  #leaveSession(): void {
    this.#openId = undefined;
    this.#sessions.element.hidden = false;
    this.#session.element.hidden = true;
  }

  #toggle(action: "pause" | "dry-run"): void {
    const isOn = action === "pause" ? this.#snapshot?.isPaused : this.#snapshot?.isDryRun;
    this.#ask(action, this.#texts(`ask.${action}-${isOn ? "off" : "on"}`), { on: !isOn });
  }

  #ask(action: OperatorAction, question: string, body: object): void {
    const pool = this.#pool;
    if (pool === undefined) return;
    const done = (): void => asked.close();
    const act = (): void => {
      done();
      this.#client.order(pool, action, body).then(
        () => this.#look(false),
        (error: unknown) => this.#refused(error),
      );
    };
    const buttons = [
      { text: this.#texts("cancel"), click: done },
      { text: this.#texts("do"), class: "primary", click: act },
    ];
    const asked = this.#editor.notify(el("p", {}, question), {
      modal: true,
      fixed: true,
      type: "warning",
      buttons,
    });
  }

  #refused(error: unknown): void {
    const { status, message } = error instanceof RequestError ? error : { status: 0, message: String(error) };
    const text = status === 401 || status === 403 ? this.#texts("not-allowed") : message;
    this.#editor.notify(el("p", {}, text), { type: "error" });
  }

  #reveal(): void {
    this.#editor.nodes.eachNode(({ id, type, pool }) => {
      if (type === "session-stitch" && pool === this.#pool) this.#editor.view.reveal(id);
    });
  }
}
