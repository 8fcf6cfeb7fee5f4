/**
 * The protocol's number and the label every key derivation starts with.
 *
 * History: 1 first release (CPace draft 21, sealed signaling, updates as rectangles).
 * Two ends with different numbers do not talk: the handshake's associated data carries the number, so neither can be
 * talked down to an older one.
 */
export const PROTOCOL_VERSION = 1;
export const PROTOCOL_LABEL = "deskbeam/1";
