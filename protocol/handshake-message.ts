import { ByteReader, ByteWriter } from "./bytes.ts";
import { CLOSE_REASONS, type CloseReason, closeReasonFromByte, ProtocolError } from "./errors.ts";
import { NONCE_BYTES } from "./signaling.ts";

/*
 * The signals by which two strangers prove to each other that they know the same secret (crypto/handshake.ts), and
 * the envelope of everything they say after it.
 *
 * hello      u8 1 | host nonce 16 | u8 modes it accepts, bit 0 code, 1 link, 2 resume     host -> viewer
 * share-a    u8 2 | u8 mode 1 code, 2 link, 3 resume | Ya 32 | u8 length | ADa            viewer -> host
 * share-b    u8 3 | Yb 32 | u8 length | ADb                                               host -> viewer
 * proof-a    u8 4 | Ta 32                                                                 viewer -> host
 * proof-b    u8 5 | Tb 32                                                                 host -> viewer
 * refused    u8 6 | u8 close reason                                                       host -> viewer
 * sealed     u8 7 | box: see crypto/sealed-signals.ts                                     both ways
 */
export type Mode = "code" | "link" | "resume";

export type HandshakeMessage =
  | { readonly kind: "hello"; readonly hostNonce: Uint8Array; readonly modes: readonly Mode[] }
  | { readonly kind: "share-a"; readonly mode: Mode; readonly share: Uint8Array; readonly data: Uint8Array }
  | { readonly kind: "share-b"; readonly share: Uint8Array; readonly data: Uint8Array }
  | { readonly kind: "proof-a" | "proof-b"; readonly tag: Uint8Array }
  | { readonly kind: "refused"; readonly reason: CloseReason }
  | { readonly kind: "sealed"; readonly box: Uint8Array };

const MODES: readonly Mode[] = ["code", "link", "resume"];
const SHARE_BYTES = 32;
const TAG_BYTES = 32;

export function encodeHandshake(message: HandshakeMessage): Uint8Array {
  const writer = new ByteWriter(96);
  switch (message.kind) {
    case "hello":
      writer.u8(1).raw(message.hostNonce);
      writer.u8(message.modes.reduce((bits, mode) => bits | (1 << MODES.indexOf(mode)), 0));
      break;
    case "share-a":
      writer.u8(2).u8(MODES.indexOf(message.mode) + 1);
      writer.raw(message.share).u8(message.data.length).raw(message.data);
      break;
    case "share-b":
      writer.u8(3).raw(message.share).u8(message.data.length).raw(message.data);
      break;
    case "proof-a":
      writer.u8(4).raw(message.tag);
      break;
    case "proof-b":
      writer.u8(5).raw(message.tag);
      break;
    case "refused":
      writer.u8(6).u8(CLOSE_REASONS[message.reason]);
      break;
    case "sealed":
      writer.u8(7).raw(message.box);
  }
  return writer.finish();
}

export function decodeHandshake(bytes: Uint8Array): HandshakeMessage {
  const reader = new ByteReader(bytes);
  const message = readBody(reader.u8(), reader);
  reader.end();
  return message;
}

function readBody(type: number, reader: ByteReader): HandshakeMessage {
  switch (type) {
    case 1: {
      const hostNonce = reader.raw(NONCE_BYTES);
      const bits = reader.u8();
      if (bits > 7) throw new ProtocolError("out-of-range", `modes ${bits}`);
      return { kind: "hello", hostNonce, modes: MODES.filter((_, index) => (bits & (1 << index)) !== 0) };
    }
    case 2: {
      const byte = reader.u8();
      const mode = MODES[byte - 1];
      if (mode === undefined) throw new ProtocolError("unknown-type", `mode ${byte}`);
      return { kind: "share-a", mode, share: reader.raw(SHARE_BYTES), data: reader.raw(reader.u8()) };
    }
    case 3:
      return { kind: "share-b", share: reader.raw(SHARE_BYTES), data: reader.raw(reader.u8()) };
    case 4:
      return { kind: "proof-a", tag: reader.raw(TAG_BYTES) };
    case 5:
      return { kind: "proof-b", tag: reader.raw(TAG_BYTES) };
    case 6:
      return { kind: "refused", reason: closeReasonFromByte(reader.u8()) };
    case 7:
      return { kind: "sealed", box: reader.rest() };
    default:
      throw new ProtocolError("unknown-type", `handshake message ${type}`);
  }
}
