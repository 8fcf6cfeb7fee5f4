import type { Role } from "../../protocol/control.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import type { Size } from "../../protocol/geometry.ts";
import { decodeMessage } from "../../protocol/message.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { ViewerLink, type ViewerLinkEvents, type ViewerLinkOptions } from "./viewer-link.ts";

export type PagesPorts = Pick<ViewerLinkOptions, "openStream" | "closeStream" | "injector" | "nowMs" | "awake"> & {
  readonly displaySize: () => Size;
  /** The link asks the desk to look again. */
  readonly progress: () => void;
};

/** Of the page that has the seat now; what becomes of one that was replaced is no news. */
export type PagesEvents = Pick<
  ViewerLinkEvents,
  "asksControl" | "wishes" | "signOfLife" | "roundTrip" | "lost" | "ended"
> & {
  /** The page is carried by this pipe: its first, another one, or the one that was thought lost. */
  readonly live: (pipe: Pipe) => void;
};

/**
 * Which page of its viewer a seat serves, and whose each pipe is. A page goes from pipe to pipe and keeps its count of
 * input; one that was opened anew takes the seat over.
 */
export class SeatPages {
  private readonly ports: PagesPorts;
  private readonly events: PagesEvents;
  /** The viewer's page, also while no pipe carries it: when it comes back, its input goes on where it was. */
  private link: ViewerLink | undefined;
  /** Whose pipe each is, from the moment its viewer uses it. */
  private readonly carried = new WeakMap<Pipe, ViewerLink>();
  private givenRole: Role;
  private isPaused = false;
  private inputAllowed = true;
  private over = false;

  constructor(role: Role, ports: PagesPorts, events: PagesEvents) {
    this.givenRole = role;
    this.ports = ports;
    this.events = events;
  }

  get role(): Role {
    return this.givenRole;
  }

  get paused(): boolean {
    return this.isPaused;
  }

  setRole(role: Role): void {
    this.givenRole = role;
    this.link?.setRole(role);
  }

  setPaused(paused: boolean): void {
    this.isPaused = paused;
    this.link?.setPaused(paused);
  }

  setInputAllowed(allowed: boolean): void {
    this.inputAllowed = allowed;
    this.link?.setInputAllowed(allowed);
  }

  resize(size: Size): void {
    this.link?.resize(size);
  }

  /** Some page was carried by this pipe, if only for a while. */
  hasUsed(pipe: Pipe): boolean {
    return this.carried.has(pipe);
  }

  /** A message of a pipe. It carries nothing before its viewer says, as its first one, that the session goes on there. */
  receive(pipe: Pipe, bytes: Uint8Array): void {
    const link = this.carried.get(pipe);
    if (link === undefined) this.firstWord(pipe, bytes);
    else link.receive(pipe, bytes);
  }

  pipeClosed(pipe: Pipe): void {
    if (this.link?.pipe === pipe) this.link.lose();
  }

  /** Whoever is there is believed no more, until another pipe carries the page on. */
  lose(): void {
    this.link?.lose();
  }

  /** Says why, and that is all. */
  end(reason: CloseReason): void {
    this.over = true;
    this.link?.end(reason);
  }

  private firstWord(pipe: Pipe, bytes: Uint8Array): void {
    if (this.over || !this.ports.awake()) return;
    try {
      const word = decodeMessage(bytes);
      if (word.kind === "use-pipe") return this.use(pipe, word.page, word.move);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
    pipe.close();
  }

  private use(pipe: Pipe, page: number, move: number): void {
    const before = this.link;
    if (before?.page === page && move <= before.move) {
      // The viewer has moved on from here already, over a faster pipe; what it said here before it did still counts.
      this.carried.set(pipe, before);
      return;
    }
    const link = before?.page === page ? before : this.openLink(page);
    this.link = link;
    this.carried.set(pipe, link);
    // First the new page, then the end of the one it replaces: that end is no loss then.
    if (before !== undefined && before !== link) before.end("viewer-left");
    link.carry(pipe, move);
    this.events.live(pipe);
  }

  private openLink(page: number): ViewerLink {
    const { displaySize, progress, ...ports } = this.ports;
    const { asksControl, wishes, signOfLife, roundTrip, lost, live, ended } = this.events;
    const link: ViewerLink = new ViewerLink({
      ...ports,
      page,
      role: this.givenRole,
      displaySize: displaySize(),
      events: {
        asksControl,
        wishes,
        signOfLife,
        progress,
        roundTrip,
        lost: () => {
          if (this.link === link) lost();
        },
        found: () => {
          if (this.link !== link || link.pipe === undefined || this.over) return;
          link.carry(link.pipe, link.move);
          live(link.pipe);
        },
        ended: (reason) => {
          if (this.link !== link || this.over) return;
          this.over = true;
          ended(reason);
        },
      },
    });
    if (this.isPaused) link.setPaused(true);
    link.setInputAllowed(this.inputAllowed);
    return link;
  }
}
