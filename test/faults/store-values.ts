/** What the load writes: `<epoch> <owner> <n>`. */
export interface LoadValue {
  readonly epoch: number;
  readonly owner: string;
  readonly n: number;
}

export function readValue(text: string | undefined): LoadValue {
  const [epoch = "0", owner = "", n = "0"] = (text ?? "").split(" ");
  return { epoch: Number(epoch), owner, n: Number(n) };
}

export const readBytes = (value: Uint8Array | undefined): LoadValue =>
  readValue(value && Buffer.from(value).toString());

export const writeValue = ({ epoch, owner, n }: LoadValue): Uint8Array =>
  Buffer.from(`${epoch} ${owner} ${n}`);
