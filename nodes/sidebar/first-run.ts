import { el } from "./dom.ts";
import type { SidebarEditor } from "./editor-api.ts";
import type { Texts } from "./texts.ts";
import { tourOf } from "./tour.ts";

/** Of this browser: what it was told once it isn't told again. */
const TOLD = "session-stitching:first-run";
const EXAMPLE = "library/examples/flows/@iot-stitch/node-red-session-stitching/1-quick-start";
const PREFIX = "session-";
const CHAIN = ["session-profile", "session-forecast", "session-stitch", "session-route"];
const HOST = ["session-receive", "session-commit"];

interface Added {
  readonly type: string;
}

/** A browser that keeps nothing (private, or by policy) is told each time the editor is loaded. */
function wasTold(): boolean {
  try {
    return localStorage.getItem(TOLD) !== null;
  } catch {
    return false;
  }
}

function remember(): void {
  try {
    localStorage.setItem(TOLD, "1");
  } catch {
    // As above.
  }
}

/** Explains the chain to whoever drops a first node of this palette, and offers the example. */
export function greetFirstNode(editor: SidebarEditor, texts: Texts): void {
  const greet = (node: Added, options?: { readonly source?: string }): void => {
    // Only by hand: not what is loaded, pasted or imported.
    if (options?.source !== "palette" || ![...CHAIN, ...HOST].includes(node.type)) return;
    editor.events.off("nodes:add", greet);
    if (wasTold() || countOwn(editor) > 1) return;
    remember();
    explain(editor, texts, node.type);
  };
  if (!wasTold()) editor.events.on("nodes:add", greet);
}

function countOwn(editor: SidebarEditor): number {
  let count = 0;
  editor.nodes.eachNode(({ type }) => {
    if (type.startsWith(PREFIX)) count++;
  });
  return count;
}

function explain(editor: SidebarEditor, texts: Texts, type: string): void {
  const steps = CHAIN.map((step) => {
    const name = el("b", {}, step.slice(PREFIX.length));
    return el("li", {}, name, ` ${texts(`first-run.${step}`)}`);
  });
  const content = el(
    "div",
    { class: "stitching-first-run" },
    el("p", {}, el("b", {}, texts("first-run.title"))),
    el("ol", {}, ...steps),
    el("p", {}, texts("first-run.hosts")),
  );
  const button = (key: string, act: () => void, more: object = {}): object => ({
    text: texts(`first-run.${key}`),
    click: () => {
      shown.close();
      act();
    },
    ...more,
  });
  const tour = tourOf(editor);
  const buttons = [
    button("close", () => undefined),
    button("help", () => editor.sidebar.help.show(type)),
    ...(tour ? [button("tour", tour)] : []),
    button("import", () => importExample(editor, texts), { class: "primary" }),
  ];
  const shown = editor.notify(content, { fixed: true, width: 620, buttons });
}

/** Its tab is shown; what the person dropped stays where it is. */
function importExample(editor: SidebarEditor, texts: Texts): void {
  $.ajax({ url: EXAMPLE, dataType: "json" }).then(
    (flow: object[]) => {
      const known = new Set(stitchTabs(editor));
      editor.view.importNodes(flow, { generateIds: true, addFlow: false });
      const tab = stitchTabs(editor).find((id) => !known.has(id));
      if (tab !== undefined) editor.workspaces.show(tab);
    },
    // A Node-RED whose examples are elsewhere: its dialog finds them.
    () => {
      editor.notify(el("p", {}, texts("first-run.failed")), { type: "warning" });
      editor.actions.invoke("core:show-examples-import-dialog");
    },
  );
}

function stitchTabs(editor: SidebarEditor): string[] {
  const tabs: string[] = [];
  editor.nodes.eachNode(({ type, z }) => {
    if (type === "session-stitch" && z !== undefined) tabs.push(z);
  });
  return tabs;
}
