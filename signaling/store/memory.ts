import { type Decision, type Room, roomDeadlineMs } from "../core/rooms.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import type { RoomStore } from "./driver.ts";

/** Rooms of one process. They end with it; hosts open theirs again with their owner tokens. */
export class MemoryRoomStore implements RoomStore {
  private readonly rooms = new Map<string, Room>();
  /** Apart from the rooms, so that looking for the overdue does not pass over every room that is simply open. */
  private readonly deadlines = new Map<string, number>();
  private watch: DeadlineWatch | undefined;

  async change<Answer>(
    number: string,
    decide: (room: Room | undefined) => Decision<Answer>,
  ): Promise<Decision<Answer>> {
    const decision = decide(this.rooms.get(number));
    if (decision.room === undefined) this.rooms.delete(number);
    else this.rooms.set(number, decision.room);
    const deadlineMs = decision.room && roomDeadlineMs(decision.room);
    if (deadlineMs === undefined) this.deadlines.delete(number);
    else this.deadlines.set(number, deadlineMs);
    this.watchIfNeeded();
    return decision;
  }

  async read(number: string): Promise<Room | undefined> {
    return this.rooms.get(number);
  }

  async due(nowMs: number): Promise<readonly string[]> {
    const numbers: string[] = [];
    for (const [number, deadlineMs] of this.deadlines) if (deadlineMs <= nowMs) numbers.push(number);
    return numbers;
  }

  watchDeadlines(look: () => Promise<void>): () => void {
    const watch = new DeadlineWatch(look);
    this.watch = watch;
    this.watchIfNeeded();
    return () => {
      this.watch = undefined;
      watch.set(false);
    };
  }

  async close(): Promise<void> {
    this.rooms.clear();
    this.deadlines.clear();
    this.watchIfNeeded();
  }

  /** Nobody else writes here: without a deadline there is nothing to look for. */
  private watchIfNeeded(): void {
    this.watch?.set(this.deadlines.size > 0);
  }
}
