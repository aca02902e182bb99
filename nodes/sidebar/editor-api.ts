/** The part of the editor's `RED` that its type package does not know well. */
export interface SidebarEditor {
  readonly plugins: {
    registerPlugin(id: string, definition: PluginDefinition): void;
  };
  readonly sidebar: {
    addTab(options: object): void;
    show(id: string): void;
    readonly help: { show(type: string): void };
  };
  readonly actions: {
    add(name: string, act: () => void, options?: object): void;
    invoke(name: string): void;
  };
  readonly events: {
    on(name: string, listener: (...values: never[]) => void): void;
    off(name: string, listener: (...values: never[]) => void): void;
  };
  readonly view: {
    reveal(id: string): void;
    importNodes(flow: readonly object[], options: object): void;
  };
  readonly workspaces: { show(id: string): void };
  readonly nodes: {
    filterNodes(filter: object): { readonly id: string; readonly pool?: string }[];
    eachNode(visit: (node: EditorNode) => void): void;
  };
  readonly editor: { editConfig(name: string, type: string, id: string): void };
  /** Not in every editor. */
  readonly i18n?: { lang?(): string };
  readonly tourGuide?: { run(path: string): void };
  readonly user?: { hasPermission?(permission: string): boolean };
  notify(content: string | HTMLElement, options: object): { close(): void };
}

export interface EditorNode {
  readonly id: string;
  readonly type: string;
  /** Of its tab. */
  readonly z?: string;
  readonly pool?: string;
}

export interface PluginDefinition {
  onadd(): void;
  /** Set by the editor. */
  _?: (key: string) => string;
}
