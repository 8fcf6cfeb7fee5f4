/**
 * The protocol's number.
 *
 * History: 1 the first (CPace draft 21, sealed signaling, updates as rectangles), sealed with AES-256-GCM;
 *          2 sealed with ChaCha20-Poly1305; shorter updates, and short ones that overtake; moves that name the last update
 *            painted; pictures in parts; films in two layers; few
 *            colours by their numbers.
 * Two ends with different numbers do not talk: the handshake's associated data carries the number, so neither can be
 * talked down to an older one.
 */
export const PROTOCOL_VERSION = 2;
/** Tells our keys from another program's. It keeps its 1: the number is in what all keys come from (associated-data.ts). */
export const PROTOCOL_LABEL = "deskbeam/1";
