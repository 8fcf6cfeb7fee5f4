import * as z from "zod/mini";
import { decodeBase64url, encodeBase64url } from "../../protocol/base64url.ts";
import { RESUME_SECRET_BYTES } from "../../protocol/meeting.ts";
import { isRoom } from "../../protocol/room-code.ts";

const KEY = "deskbeam.seat";

const storedSeat = z.object({ room: z.string(), secret: z.string() });

type TabStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** A seat that was held in this tab: its secret opens it again, once, for ten minutes after a loss. */
export type StoredSeat = { readonly room: string; readonly secret: Uint8Array };

/**
 * Keeps the seat over a reload of the page. In sessionStorage: another tab or a later visit does not have it.
 * Where the browser forbids storage, a reload needs a new code and everything else works.
 */
export class SeatStore {
  private readonly storage: TabStorage | undefined;

  constructor(storage: TabStorage | undefined) {
    this.storage = storage;
  }

  load(): StoredSeat | undefined {
    const text = this.storage?.getItem(KEY);
    if (text === null || text === undefined) return undefined;
    try {
      const { room, secret } = storedSeat.parse(JSON.parse(text));
      const bytes = decodeBase64url(secret);
      return isRoom(room) && bytes?.length === RESUME_SECRET_BYTES ? { room, secret: bytes } : undefined;
    } catch {
      // Written by somebody else, or by another version.
      return undefined;
    }
  }

  save(seat: StoredSeat): void {
    try {
      this.storage?.setItem(KEY, JSON.stringify({ room: seat.room, secret: encodeBase64url(seat.secret) }));
    } catch {
      // Storage is full or forbidden: see above.
    }
  }

  forget(): void {
    this.storage?.removeItem(KEY);
  }
}
