import { setLanguage } from "../src/adapters/monitor/numbers.ts";
import type { SidebarEditor } from "./sidebar/editor-api.ts";
import { greetFirstNode } from "./sidebar/first-run.ts";
import { Panel } from "./sidebar/panel.ts";
import { textsOf } from "./sidebar/texts.ts";
import { tourOf } from "./sidebar/tour.ts";

declare const RED: SidebarEditor;

const ID = "session-stitching";

const plugin = {
  _: (key: string): string => key,
  onadd: (): void => {
    setLanguage(RED.i18n?.lang?.());
    const texts = textsOf((key) => plugin._(key));
    const { element } = new Panel(RED, texts);
    RED.sidebar.addTab({
      id: ID,
      label: texts("label"),
      name: texts("title"),
      iconClass: "fa fa-random",
      content: element,
      enableOnEdit: true,
      action: "session-stitching:show",
    });
    greetFirstNode(RED, texts);
    const tour = tourOf(RED);
    if (tour) RED.actions.add("session-stitching:tour", tour, { label: texts("tour") });
    RED.actions.add("session-stitching:show", () => RED.sidebar.show(ID));
  },
};

RED.plugins.registerPlugin(ID, plugin);
