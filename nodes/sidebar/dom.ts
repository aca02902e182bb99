type Child = Node | string | undefined;

/** An element with attributes and children; text only ever becomes text. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/** Only where it differs: a screen reader is not told twice, a selection stays. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setClass(element: Element, name: string): void {
  if (element.className !== name) element.className = name;
}

export function button(
  label: string,
  act: () => void,
  attributes: Record<string, string> = {},
): HTMLButtonElement {
  const made = el(
    "button",
    { type: "button", class: "red-ui-button red-ui-button-small", ...attributes },
    label,
  );
  made.addEventListener("click", act);
  return made;
}

/** As many children as there are values; those that are there are kept, so that focus stays where it is. */
export function keepChildren<T>(
  parent: Element,
  values: readonly T[],
  make: () => Element,
  fill: (element: Element, value: T) => void,
): void {
  while (parent.children.length > values.length) parent.lastElementChild?.remove();
  for (const [i, value] of values.entries()) {
    let child = parent.children[i];
    if (!child) {
      child = make();
      parent.append(child);
    }
    fill(child, value);
  }
}
