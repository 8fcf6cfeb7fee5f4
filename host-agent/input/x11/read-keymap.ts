import { Buffer } from "node:buffer";
import type { X11Connection } from "../../x11/connection.ts";
import type { X11Xkb } from "../../x11/extensions.ts";
import type { KeymapSource, KeyRow, KeyType } from "./keymap.ts";

/*
 * XkbGetMap (XKB protocol 1.0, chapter 16), which the package lacks: the core protocol's mapping does not say which
 * modifiers choose a key's level.
 *
 * request, 28 bytes                               reply after its first 8 bytes
 *   0  u8   opcode    1  u8  8 GetMap               2  u8   lowest keycode    3  u8  highest
 *   2  u16  length in words, 7                      6  u8   first type        7  u8  types
 *   4  u16  device                                  9  u8   first key         12 u8  keys
 *   6  u16  full: 1 key types | 2 key symbols       32 ..   types, then keys
 *   8  u16  partial, and ranges that stay 0
 *
 * type                                            key
 *   0  u8   mask                                    0  u8 x 4  type for each group
 *   4  u8   levels   5  u8  entries n               4  u8      groups, in the low four bits
 *   6  u8   has preserve                            5  u8      keysyms for each group
 *   8  n x 8: u8 active, u8 mods, u8 level, ...     6  u16     keysyms n
 *   .. if preserve, n x 4: u8 mask, ...             8  u32 x n keysyms
 *
 * Little-endian throughout, as the connection was set up.
 */
const REQUEST_BYTES = 28;
const GET_MAP = 8;
const KEY_TYPES = 1;
const KEY_SYMBOLS = 2;

/** Reads the whole key map of the core keyboard. */
export async function readKeymap(connection: X11Connection, xkb: X11Xkb): Promise<KeymapSource> {
  const { client } = connection;
  const [modifiers, rows] = await Promise.all([
    connection.ask<readonly (readonly number[])[]>((reply) => client.GetModifierMapping(reply)),
    connection.ask<ReadonlyMap<number, KeyRow>>((reply) => {
      const request = Buffer.alloc(REQUEST_BYTES);
      request.writeUInt8(xkb.majorOpcode, 0);
      request.writeUInt8(GET_MAP, 1);
      request.writeUInt16LE(REQUEST_BYTES / 4, 2);
      request.writeUInt16LE(xkb.UseCoreKbd, 4);
      request.writeUInt16LE(KEY_TYPES | KEY_SYMBOLS, 6);
      client.seq_num += 1;
      client.replies[client.seq_num] = [parseMap, reply];
      client.pack_stream.put(request);
      client.pack_stream.submit(true);
    }),
  ]);
  // Rows are padded with keycode 0, which is no key.
  const modifierKeycodes = modifiers.map((row) => row.filter((keycode) => keycode !== 0));
  return { rows, modifierKeycodes };
}

/** @param body the reply without its first 8 bytes */
function parseMap(body: Buffer): ReadonlyMap<number, KeyRow> {
  const typeCount = body.readUInt8(7);
  const firstKey = body.readUInt8(9);
  const keyCount = body.readUInt8(12);
  let at = 32;
  const types: KeyType[] = [];
  for (let index = 0; index < typeCount; index++) {
    const entries = body.readUInt8(at + 5);
    const hasPreserve = body.readUInt8(at + 6) !== 0;
    const levels: KeyType["levels"][number][] = [];
    for (let entry = 0; entry < entries; entry++) {
      const entryAt = at + 8 + entry * 8;
      if (body.readUInt8(entryAt) === 0) continue;
      const preserve = hasPreserve ? body.readUInt8(at + 8 + entries * 8 + entry * 4) : 0;
      levels.push({ mods: body.readUInt8(entryAt + 1), level: body.readUInt8(entryAt + 2), preserve });
    }
    types.push({ mask: body.readUInt8(at), levels });
    at += 8 + entries * (hasPreserve ? 12 : 8);
  }
  const rows = new Map<number, KeyRow>();
  for (let index = 0; index < keyCount; index++) {
    const groupCount = body.readUInt8(at + 4) & 0x0f;
    const width = body.readUInt8(at + 5);
    const groups: KeyRow["groups"][number][] = [];
    for (let group = 0; group < groupCount; group++) {
      const type = types[body.readUInt8(at + group)];
      if (type === undefined) continue;
      const keysyms = Array.from({ length: width }, (_, level) =>
        body.readUInt32LE(at + 8 + (group * width + level) * 4),
      );
      groups.push({ type, keysyms });
    }
    rows.set(firstKey + index, { groups });
    at += 8 + body.readUInt16LE(at + 6) * 4;
  }
  return rows;
}
