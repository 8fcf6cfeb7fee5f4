import { type Decision, type Room, roomDeadlineMs } from "../core/rooms.ts";
import { LOOK_EVERY_MS, type RoomStore } from "./driver.ts";

/** Rooms of one process. They end with it; hosts open theirs again with their owner tokens. */
export class MemoryRoomStore implements RoomStore {
  private readonly rooms = new Map<string, Room>();
  /** Apart from the rooms, so that looking for the overdue does not pass over every room that is simply open. */
  private readonly deadlines = new Map<string, number>();
  private look: (() => Promise<void>) | undefined;
  private isLooking = false;
  /** Nobody else writes here, so that the soonest deadline needs one timer, and none of them no timer. */
  private alarm: { readonly atMs: number; readonly timer: NodeJS.Timeout } | undefined;

  async change<Answer>(
    number: string,
    decide: (room: Room | undefined) => Decision<Answer>,
  ): Promise<Decision<Answer>> {
    const decision = decide(this.rooms.get(number));
    if (decision.room === undefined) this.rooms.delete(number);
    else this.rooms.set(number, decision.room);
    const deadlineMs = decision.room && roomDeadlineMs(decision.room);
    if (deadlineMs === undefined) {
      this.deadlines.delete(number);
    } else {
      this.deadlines.set(number, deadlineMs);
      this.setAlarm(deadlineMs);
    }
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

  watchDeadlines(look: () => Promise<void>): void {
    this.look = look;
    this.setAlarm(this.soonestMs());
  }

  async close(): Promise<void> {
    this.rooms.clear();
    this.deadlines.clear();
    this.look = undefined;
    clearTimeout(this.alarm?.timer);
    this.alarm = undefined;
  }

  private soonestMs(): number {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const deadlineMs of this.deadlines.values()) soonestMs = Math.min(soonestMs, deadlineMs);
    return soonestMs;
  }

  private setAlarm(deadlineMs: number): void {
    const { look, isLooking, alarm } = this;
    // Deadlines of one second share a look. Infinity stays what it is: no deadline, no alarm.
    const atMs = Math.ceil(deadlineMs / LOOK_EVERY_MS) * LOOK_EVERY_MS;
    if (look === undefined || isLooking || atMs >= (alarm?.atMs ?? Number.POSITIVE_INFINITY)) return;
    clearTimeout(alarm?.timer);
    const goOff = async () => {
      this.alarm = undefined;
      this.isLooking = true;
      await look();
      this.isLooking = false;
      // Whatever is still due is looked at in the next second.
      this.setAlarm(Math.max(this.soonestMs(), Date.now()));
    };
    this.alarm = { atMs, timer: setTimeout(goOff, Math.max(atMs - Date.now(), 0)) };
  }
}
