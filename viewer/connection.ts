import type { ControlMessage, Role } from "../protocol/control.ts";
import type { CloseReason } from "../protocol/errors.ts";
import type { InputEvent } from "../protocol/input.ts";
import type { Path } from "../protocol/pipe.ts";
import type { Held } from "./connect/input-lane.ts";
import { Line, type LineEnd } from "./connect/line.ts";
import type { OpenWay } from "./connect/ways.ts";
import type { Pulse } from "./core/heartbeat.ts";
import type { CursorView } from "./render/cursor-view.ts";
import type { ImageStream } from "./render/image-stream.ts";
import type { Screen } from "./render/screen.ts";

/** A host that keeps sending what this browser cannot decode is not asked for more pictures than this. */
const REPAINT_EVERY_MS = 1_000;

/** A host that is there and a way that carries messages, but no picture: said in words rather than waited for. */
const PICTURE_LIMIT_MS = 15_000;

/** A host that noticed the loss, or has something new, begins to send at once. */
const QUIET_HOST_MS = 500;

/** Where pictures and pointer are shown; one connection at a time has them. */
export type Display = {
  readonly screen: Pick<Screen, "onPainted" | "onBroken" | "apply" | "applyShort" | "skip" | "reset" | "stats">;
  readonly image: Pick<ImageStream, "onFirstPicture" | "onFailed" | "open" | "close">;
  readonly cursor: Pick<CursorView, "shape" | "place" | "setRole">;
};

export type ConnectionHandlers = {
  /** The session goes on over another pipe, and the host is heard there. */
  readonly moved: () => void;
  /** A complete picture is on the screen; called for every update. */
  readonly painted: () => void;
  readonly role: (role: Role) => void;
  readonly paused: (paused: boolean) => void;
  readonly rtt: (rttMs: number) => void;
  readonly pulse: (pulse: Pulse) => void;
  /** The pipe is of no more use, or no picture comes over it. Not called when closed from here. */
  readonly ended: (end: ConnectionEnd) => void;
};

export type ConnectionEnd = LineEnd | { readonly kind: "no-picture" };

/** A page's session with its host over however many pipes: pictures go to the display, receipts go back. */
export class Connection {
  private readonly display: Display;
  private readonly handlers: ConnectionHandlers;
  private readonly line: Line;
  private readonly nowMs: () => number;
  private repaintAskedMs = Number.NEGATIVE_INFINITY;
  private repaintLater: ReturnType<typeof setTimeout> | undefined;
  /** It is to be asked for, but not so soon after the last time. */
  private owesRepaint: boolean = false;
  /** Of the host as it is connected now: after a loss the old picture stays, but does not count. */
  private hasPicture: boolean = false;
  private isPaused: boolean = false;
  private pictureLimit: ReturnType<typeof setTimeout> | undefined;
  private quietHost: ReturnType<typeof setTimeout> | undefined;

  constructor(
    page: number,
    display: Display,
    hands: { readonly heldNow: () => Held; readonly nowMs: () => number },
    handlers: ConnectionHandlers,
  ) {
    this.display = display;
    this.handlers = handlers;
    this.nowMs = hands.nowMs;
    const { screen, image, cursor } = display;
    const painted = () => {
      // Of a slow decoder or a slow image, when the pipe is gone: no sign of life.
      if (this.path === undefined) return;
      this.hasPicture = true;
      clearTimeout(this.pictureLimit);
      clearTimeout(this.quietHost);
      handlers.painted();
    };
    screen.onPainted = (receipt) => {
      this.line.send({ kind: "receipt", ...receipt });
      // Whatever a plain image showed until now is older.
      if (this.path !== "mjpeg") image.close();
      painted();
    };
    screen.onBroken = () => this.askRepaint();
    image.onFirstPicture = painted;
    image.onFailed = () => {
      if (this.path === "mjpeg") this.line.fail();
    };
    this.line = new Line(page, hands.heldNow, hands.nowMs, {
      ...handlers,
      moved: () => {
        // Of the pipe before, the last whole picture stays and nothing else.
        screen.reset();
        handlers.moved();
      },
      ended: (end) => {
        this.rest();
        screen.reset();
        handlers.ended(end);
      },
      update: (step) => screen.apply(step),
      shortUpdate: (update, bytes) => screen.applyShort(update, bytes),
      missedPictures: () => {
        screen.skip();
        this.askRepaint();
      },
      cursor: (said) => (said.kind === "cursor-shape" ? cursor.shape(said) : cursor.place(said.at)),
      paused: (paused) => {
        this.isPaused = paused;
        this.limitWait();
        handlers.paused(paused);
      },
    });
  }

  /** Goes on over this pipe: the first, a better one, or one after a loss. */
  carry(way: OpenWay): void {
    if (way.pictureUrl !== undefined) this.display.image.open(way.pictureUrl);
    this.line.carry(way);
    this.limitWait();
  }

  /**
   * Heard again after a loss: what is on the screen counts when the next picture is painted. A host that did not notice the
   * loss sends none as long as nothing changes on the desktop; so it is asked for one.
   */
  awaitPicture(): void {
    this.hasPicture = false;
    this.limitWait();
    clearTimeout(this.quietHost);
    this.quietHost = setTimeout(() => this.askRepaint(), QUIET_HOST_MS);
    if (this.owesRepaint) this.askRepaint();
  }

  /** What the session goes over; undefined while it is lost. */
  get path(): Path | undefined {
    return this.line.path;
  }

  get painted(): boolean {
    return this.hasPicture;
  }

  get paused(): boolean {
    return this.isPaused;
  }

  get inputsSent(): number {
    return this.line.inputsSent;
  }

  send(message: ControlMessage): void {
    this.line.send(message);
  }

  input(event: InputEvent): void {
    this.line.input(event);
  }

  /** Ends it from this side; with a reason, the host is told first. The picture stays. */
  close(reason: CloseReason | undefined): void {
    this.rest();
    this.line.close(reason);
    // What still comes of it, from a slow decoder or a slow image, is no sign of life.
    const { screen, image } = this.display;
    screen.reset();
    screen.onPainted = () => {};
    screen.onBroken = () => {};
    image.onFirstPicture = () => {};
    image.onFailed = () => {};
  }

  /** The first picture has to come in time, except that a pause shows nothing for as long as it likes. */
  private limitWait(): void {
    clearTimeout(this.pictureLimit);
    if (this.hasPicture || this.isPaused) return;
    this.pictureLimit = setTimeout(() => {
      this.rest();
      this.handlers.ended({ kind: "no-picture" });
    }, PICTURE_LIMIT_MS);
  }

  /** No pipe: the old picture stays, and the next one is waited for when there is a pipe again. */
  private rest(): void {
    this.hasPicture = false;
    clearTimeout(this.pictureLimit);
    clearTimeout(this.quietHost);
    clearTimeout(this.repaintLater);
  }

  /**
   * The picture on the screen is older than the host believes: a rectangle could not be decoded, or was lost in a relay.
   * Nobody may ask again so soon? Then it is asked when that is over, because what came of the last time may be lost too.
   */
  private askRepaint(): void {
    clearTimeout(this.repaintLater);
    const waitMs = this.repaintAskedMs + REPAINT_EVERY_MS - this.nowMs();
    this.owesRepaint = waitMs > 0;
    if (waitMs > 0) {
      this.repaintLater = setTimeout(() => this.askRepaint(), waitMs);
      return;
    }
    this.repaintAskedMs = this.nowMs();
    this.line.send({ kind: "repaint" });
  }
}
