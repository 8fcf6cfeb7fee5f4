import type { ControlMessage, Role } from "../../protocol/control.ts";
import { type CloseReason, ProtocolError } from "../../protocol/errors.ts";
import type { Size } from "../../protocol/geometry.ts";
import { decodeMessage } from "../../protocol/message.ts";
import type { Pipe } from "../../protocol/pipe.ts";
import { ViewerPage, type ViewerPageEvents, type ViewerPageOptions } from "./viewer-page.ts";

type UsePipe = Extract<ControlMessage, { kind: "use-pipe" }>;

export type PagesPorts = Pick<ViewerPageOptions, "openStream" | "closeStream" | "injector" | "nowMs" | "awake"> & {
  readonly displaySize: () => Size;
  /** The page asks the desk to look again. */
  readonly progress: () => void;
};

/** Of the page that has the seat now; what becomes of one that was replaced is no news. */
export type PagesEvents = Pick<
  ViewerPageEvents,
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
  /** Also while no pipe carries it: when it comes back, its input goes on where it was. */
  private page: ViewerPage | undefined;
  /** Whose pipe each is, from the moment its viewer uses it. */
  private readonly carried = new WeakMap<Pipe, ViewerPage>();
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
    this.page?.setRole(role);
  }

  setPaused(paused: boolean): void {
    this.isPaused = paused;
    this.page?.setPaused(paused);
  }

  setInputAllowed(allowed: boolean): void {
    this.inputAllowed = allowed;
    this.page?.setInputAllowed(allowed);
  }

  resize(size: Size): void {
    this.page?.resize(size);
  }

  /** Some page was carried by this pipe, if only for a while. */
  hasUsed(pipe: Pipe): boolean {
    return this.carried.has(pipe);
  }

  /** A message of a pipe. It carries nothing before its viewer says, as its first one, that the session goes on there. */
  receive(pipe: Pipe, bytes: Uint8Array): void {
    const page = this.carried.get(pipe);
    if (page === undefined) this.firstWord(pipe, bytes);
    else page.receive(pipe, bytes);
  }

  /** One that has overtaken the word that the session goes on there is left out: what it says comes in its turn too. */
  receiveCopy(pipe: Pipe, bytes: Uint8Array): void {
    this.carried.get(pipe)?.receiveCopy(pipe, bytes);
  }

  pipeClosed(pipe: Pipe): void {
    if (this.page?.pipe === pipe) this.page.lose();
  }

  /** Whoever is there is believed no more, until another pipe carries the page on. */
  lose(): void {
    this.page?.lose();
  }

  /** Says why, and that is all. */
  end(reason: CloseReason): void {
    this.over = true;
    this.page?.end(reason);
  }

  private firstWord(pipe: Pipe, bytes: Uint8Array): void {
    if (this.over || !this.ports.awake()) return;
    try {
      const word = decodeMessage(bytes);
      if (word.kind === "use-pipe") return this.use(pipe, word);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
    pipe.close();
  }

  private use(pipe: Pipe, { page: id, move, painted }: UsePipe): void {
    const before = this.page;
    if (before?.id === id && move <= before.move) {
      // The viewer has moved on from here already, over a faster pipe; what it said here before it did still counts.
      this.carried.set(pipe, before);
      return;
    }
    const page = before?.id === id ? before : this.open(id);
    this.page = page;
    this.carried.set(pipe, page);
    // First the new page, then the end of the one it replaces: that end is no loss then.
    if (before !== undefined && before !== page) before.end("viewer-left");
    page.carry(pipe, move, painted);
    this.events.live(pipe);
  }

  private open(id: number): ViewerPage {
    const { displaySize, progress, ...ports } = this.ports;
    const { asksControl, wishes, signOfLife, roundTrip, lost, live, ended } = this.events;
    const page: ViewerPage = new ViewerPage({
      ...ports,
      id,
      role: this.givenRole,
      displaySize: displaySize(),
      events: {
        asksControl,
        wishes,
        signOfLife,
        progress,
        roundTrip,
        lost: () => {
          if (this.page === page) lost();
        },
        found: () => {
          if (this.page !== page || page.pipe === undefined || this.over) return;
          page.carry(page.pipe, page.move, 0);
          live(page.pipe);
        },
        ended: (reason) => {
          if (this.page !== page || this.over) return;
          this.over = true;
          ended(reason);
        },
      },
    });
    if (this.isPaused) page.setPaused(true);
    page.setInputAllowed(this.inputAllowed);
    return page;
  }
}
