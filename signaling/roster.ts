import type { Notice } from "./core/rooms.ts";
import type { EndpointSocket } from "./endpoint.ts";

/** The room in which somebody is. */
type Seated = { readonly room: string | undefined };

/** Who is connected to this server, by the names that rooms have for them, and in which room. */
export class Roster {
  private readonly present = new Map<string, { readonly socket: EndpointSocket; readonly seat: Seated }>();
  private readonly departures = new Set<Promise<void>>();

  enter(name: string, socket: EndpointSocket, seat: Seated): void {
    this.present.set(name, { socket, seat });
  }

  /** @param departure resolves when the room has been told, or could not be */
  leave(name: string, departure: Promise<void>): void {
    this.present.delete(name);
    this.departures.add(departure);
    void departure.finally(() => this.departures.delete(departure));
  }

  /** All who left have told their rooms. */
  async departed(): Promise<void> {
    await Promise.all(this.departures);
  }

  has(name: string): boolean {
    return this.present.has(name);
  }

  roomOf(name: string): string | undefined {
    return this.present.get(name)?.seat.room;
  }

  /** The names of those in each room. */
  byRoom(): ReadonlyMap<string, readonly string[]> {
    const names = new Map<string, string[]>();
    for (const [name, { seat }] of this.present) {
      if (seat.room !== undefined) names.set(seat.room, [...(names.get(seat.room) ?? []), name]);
    }
    return names;
  }

  tell(name: string, { event, payload }: Notice): void {
    this.present.get(name)?.socket.emit(event, payload);
  }

  disconnect(name: string): void {
    this.present.get(name)?.socket.disconnect(true);
  }

  /** Ends a connection as a broken line would: whoever it was comes back by itself, and not all at the same time. */
  cut(name: string): void {
    this.present.get(name)?.socket.conn.close();
  }
}
