import type { OfferedMessage } from "../../core/stitch/protocol.ts";

/** What keeping a message takes besides its payload, topic and properties, bytes. */
export const MESSAGE_BYTES = 256;

/** What a message counts with wherever it waits, bytes. */
export const costOf = ({ bytes }: Pick<OfferedMessage, "bytes">): number => bytes + MESSAGE_BYTES;
