/** A text of the catalogue; `{name}` in it is replaced. Not i18next's own way: ids come from devices, and it would read them. */
export type Texts = (key: string, values?: Readonly<Record<string, string | number>>) => string;

export function textsOf(translate: (key: string) => string): Texts {
  return (key, values = {}) =>
    translate(`session-stitching.${key}`).replace(/\{(\w+)\}/g, (all, name: string) =>
      String(values[name] ?? all),
    );
}
