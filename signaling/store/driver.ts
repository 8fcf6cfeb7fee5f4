import type { Decision, Room } from "../core/rooms.ts";

/** How often overdue rooms are looked for, where there may be some: they live this much longer at most. */
export const LOOK_EVERY_MS = 1_000;

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
  /** Until it is closed: calls `look`, which must not reject, when rooms may be due, one look at a time. Call it once. */
  watchDeadlines(look: () => Promise<void>): void;
  close(): Promise<void>;
}
