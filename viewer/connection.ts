import type { ControlMessage, Role } from "../protocol/control.ts";
import type { CloseReason } from "../protocol/errors.ts";
import type { InputEvent } from "../protocol/input.ts";
import type { Path } from "../protocol/pipe.ts";
import type { Held } from "./connect/input-lane.ts";
import { Line, type LineEnd } from "./connect/line.ts";
import type { Link, OpenLink } from "./connect/link.ts";
import type { Pulse } from "./core/heartbeat.ts";
import type { CursorView } from "./render/cursor-view.ts";
import type { ImageStream } from "./render/image-stream.ts";
import type { Screen } from "./render/screen.ts";

/** A host that keeps sending what this browser cannot decode is not asked for more pictures than this. */
const REPAINT_EVERY_MS = 1_000;

/** A host that is there and a way that carries messages, but no picture: said in words rather than waited for. */
const PICTURE_LIMIT_MS = 15_000;

/** Where pictures and pointer are shown; one connection at a time has them. */
export type Display = {
  readonly screen: Pick<Screen, "onPainted" | "onBroken" | "apply" | "reset" | "stats">;
  readonly image: Pick<ImageStream, "onFirstPicture" | "onFailed" | "open" | "close">;
  readonly cursor: Pick<CursorView, "shape" | "place" | "setRole">;
};

export type ConnectionHandlers = {
  /** A complete picture is on the screen; called for every update. */
  readonly painted: () => void;
  readonly role: (role: Role) => void;
  readonly paused: (paused: boolean) => void;
  readonly rtt: (rttMs: number) => void;
  readonly pulse: (pulse: Pulse) => void;
  /** Called once, unless closed from here. */
  readonly ended: (end: ConnectionEnd) => void;
};

export type ConnectionEnd = LineEnd | { readonly kind: "no-picture" };

/** One open link and what comes over it: pictures go to the display, receipts go back. */
export class Connection {
  private readonly link: Pick<Link, "close">;
  private readonly display: Display;
  private readonly handlers: ConnectionHandlers;
  private readonly line: Line;
  private readonly nowMs: () => number;
  private repaintAskedMs = Number.NEGATIVE_INFINITY;
  private repaintLater: ReturnType<typeof setTimeout> | undefined;
  private hasPicture: boolean = false;
  private isPaused: boolean = false;
  private pictureLimit: ReturnType<typeof setTimeout> | undefined;

  constructor(
    link: Pick<Link, "close">,
    open: OpenLink,
    display: Display,
    hands: { readonly heldNow: () => Held; readonly nowMs: () => number },
    handlers: ConnectionHandlers,
  ) {
    this.link = link;
    this.display = display;
    this.handlers = handlers;
    this.nowMs = hands.nowMs;
    const { screen, image, cursor } = display;
    // Of the connection before, the last whole picture stays and nothing else.
    screen.reset();
    this.limitWait();
    const painted = () => {
      this.hasPicture = true;
      clearTimeout(this.pictureLimit);
      handlers.painted();
    };
    screen.onPainted = (receipt) => {
      this.line.send({ kind: "receipt", ...receipt });
      painted();
    };
    screen.onBroken = () => this.askRepaint();
    image.onFirstPicture = painted;
    image.onFailed = () => this.line.fail();
    this.line = new Line(open, hands.heldNow, hands.nowMs, {
      ...handlers,
      ended: (end) => {
        this.stopTimers();
        handlers.ended(end);
      },
      update: (step) => screen.apply(step),
      missedPictures: () => this.askRepaint(),
      cursor: (said) => (said.kind === "cursor-shape" ? cursor.shape(said) : cursor.place(said.at)),
      paused: (paused) => {
        this.isPaused = paused;
        this.limitWait();
        handlers.paused(paused);
      },
    });
    if (open.pictureUrl === undefined) image.close();
    else image.open(open.pictureUrl);
  }

  /** To be called once, when the handlers may be called. */
  open(): void {
    this.line.open();
  }

  get path(): Path {
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
    this.stopTimers();
    this.line.close(reason);
    this.link.close();
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
      this.close(undefined);
      this.handlers.ended({ kind: "no-picture" });
    }, PICTURE_LIMIT_MS);
  }

  private stopTimers(): void {
    clearTimeout(this.pictureLimit);
    clearTimeout(this.repaintLater);
  }

  /**
   * The picture on the screen is older than the host believes: a rectangle could not be decoded, or was lost in a relay.
   * Nobody may ask again so soon? Then it is asked when that is over, because what came of the last time may be lost too.
   */
  private askRepaint(): void {
    clearTimeout(this.repaintLater);
    const waitMs = this.repaintAskedMs + REPAINT_EVERY_MS - this.nowMs();
    if (waitMs > 0) {
      this.repaintLater = setTimeout(() => this.askRepaint(), waitMs);
      return;
    }
    this.repaintAskedMs = this.nowMs();
    this.line.send({ kind: "repaint" });
  }
}
