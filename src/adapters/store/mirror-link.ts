/** Port of a broker that keeps the last message of each topic (retained, QoS 1). */
export interface MirrorLink {
  readonly isUp: boolean;
  /** Each time the broker is reached and has taken the subscription. */
  onUp(listener: () => void): void;
  onDown(listener: (reason: string) => void): void;
  /** Retained messages first, then what others and we publish. */
  onMessage(listener: (key: string, bytes: Uint8Array) => void): void;
  /** Asks for the retained messages once more; they come as messages. */
  again(): void;
  /** Resolves when the broker has it; rejects where it didn't get it. */
  publish(key: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
