import { ByteReader } from "./bytes.ts";
import { CONTROL_TYPES, type ControlMessage, readControl } from "./control.ts";
import {
  CURSOR_PLACE,
  CURSOR_SHAPE,
  type CursorPlace,
  type CursorShape,
  readCursorPlace,
  readCursorShape,
} from "./cursor.ts";
import { ProtocolError } from "./errors.ts";
import { INPUT, type InputMessage, readInput } from "./input.ts";
import { readShortUpdate, SHORT_UPDATE, type ShortUpdate } from "./short-update.ts";
import { isUpdatePart, MAX_MESSAGE_BYTES } from "./update.ts";

/** One part of an update, still to be given to an UpdateReader. */
export type UpdatePartMessage = { readonly kind: "update-part"; readonly bytes: Uint8Array };

export type Message = UpdatePartMessage | ShortUpdate | CursorShape | CursorPlace | InputMessage | ControlMessage;

// Object.entries forgets that its names are the keys; the cast gives that back.
const controlKindByType = new Map<number, ControlMessage["kind"]>(
  Object.entries(CONTROL_TYPES).map(([kind, type]) => [type, kind as ControlMessage["kind"]]),
);

/**
 * Reads one message, as it came out of any pipe. The first byte says what it is.
 * @throws ProtocolError for anything that is not exactly one well-formed message.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > MAX_MESSAGE_BYTES) throw new ProtocolError("too-large", `a message of ${bytes.length} bytes`);
  if (isUpdatePart(bytes)) return { kind: "update-part", bytes };
  const reader = new ByteReader(bytes);
  const message = readBody(reader.u8(), reader);
  reader.end();
  return message;
}

function readBody(type: number, reader: ByteReader): Message {
  if (type === SHORT_UPDATE) return readShortUpdate(reader);
  if (type === INPUT) return readInput(reader);
  if (type === CURSOR_SHAPE) return readCursorShape(reader);
  if (type === CURSOR_PLACE) return readCursorPlace(reader);
  const kind = controlKindByType.get(type);
  if (kind === undefined) throw new ProtocolError("unknown-type", `message ${type}`);
  return readControl(kind, reader);
}
