import type { Decision, Room } from "../core/rooms.ts";

/**
 * Where rooms live: the memory of one process, or something that several processes share.
 * Every driver passes test/conformance/room-store.ts.
 */
export interface RoomStore {
  /**
   * Reads a room, lets `decide` say what becomes of it and writes that, as one step: no other change of the same room
   * comes between. `decide` must be pure, since a shared store calls it again when somebody else was faster.
   * @returns the decision that was written
   */
  change<Answer>(number: string, decide: (room: Room | undefined) => Decision<Answer>): Promise<Decision<Answer>>;
  read(number: string): Promise<Room | undefined>;
  /** Numbers of rooms whose deadline (`roomDeadlineMs`) is at `nowMs` or before. */
  due(nowMs: number): Promise<readonly string[]>;
  /**
   * Calls `look`, which must not reject, when rooms may be due (deadline-watch.ts), one look at a time.
   * @returns ends that; to be called before the store is closed
   */
  watchDeadlines(look: () => Promise<void>): () => void;
  close(): Promise<void>;
}
