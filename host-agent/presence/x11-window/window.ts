import type { Point } from "../../../protocol/geometry.ts";
import { HostError } from "../../errors.ts";
import { drawSvg } from "../../raster/draw-svg.ts";
import type { Raster } from "../../raster/raster.ts";
import type { X11Connection } from "../../x11/connection.ts";
import type { X11PointerEvent } from "../../x11/events.ts";
import type { X11Randr, X11Shape } from "../../x11/extensions.ts";
import { type DisplayLayout, readLayout } from "../../x11/layout.ts";
import type { People, Presence, PresenceEvents } from "../driver.ts";
import { nameWindow } from "./name-window.ts";
import { paintWindow } from "./paint-window.ts";
import { isInside, layOutPanel, type Panel } from "./panel.ts";
import { RaisePace } from "./raise-pace.ts";

const INPUT_OUTPUT = 1;
const ABOVE = 0;
const LEFT_BUTTON = 1;
/** Presses, releases, motion with the left button down, and what others do to the window. */
const WINDOW_EVENTS = 0x4 | 0x8 | 0x100 | 0x20000;
/** The screen's size, and every window that is mapped, moved or raised on it. */
const ROOT_EVENTS = 0x20000 | 0x80000;
const TOP_MARGIN_PX = 6;

const NOBODY: People = { viewers: [], paused: false };

type State =
  | { readonly is: "open" }
  | { readonly is: "dead"; readonly loss: HostError; readonly told: boolean }
  | { readonly is: "closed" };

/**
 * The window that says who watches. It is outside the window manager's rule (override-redirect), because no manager
 * promises to keep a window on top; so it does that itself: whenever another window is mapped or restacked, it insists
 * on its place. The server keeps its picture, so it needs not be drawn again when uncovered.
 */
export class X11Window implements Presence {
  readonly name = "x11";
  private readonly x: X11Connection;
  private readonly events: PresenceEvents;
  private readonly shape: X11Shape | undefined;
  private readonly randr: X11Randr | undefined;
  private readonly window: number;
  private readonly pace = new RaisePace();
  private layout: DisplayLayout;
  private wanted: People = NOBODY;
  private shown: Panel | undefined;
  private drawing: boolean = false;
  private drawAgain: boolean = false;
  /** Where it is, once somebody has dragged it; before that in the middle of the first monitor's top edge. */
  private draggedTo: Point | undefined;
  /** Where in the window the person holds it. */
  private heldAt: Point | undefined;
  private raiseTimer: NodeJS.Timeout | undefined;
  private state: State = { is: "open" };

  static async open(x: X11Connection, events: PresenceEvents): Promise<X11Window> {
    const [shape, randr] = await Promise.all([
      // Without SHAPE its corners are square, without RANDR the whole screen is one monitor.
      x.extension("shape").catch(() => undefined),
      x.extension("randr").catch(() => undefined),
    ]);
    const window = x.client.AllocID();
    x.client.CreateWindow(window, x.root, 0, 0, 1, 1, 0, 0, INPUT_OUTPUT, 0, {
      overrideRedirect: 1,
      eventMask: WINDOW_EVENTS,
    });
    await nameWindow(x, window);
    return new X11Window(x, events, { shape, randr, window, layout: await readLayout(x, randr) });
  }

  private constructor(
    x: X11Connection,
    events: PresenceEvents,
    made: { shape: X11Shape | undefined; randr: X11Randr | undefined; window: number; layout: DisplayLayout },
  ) {
    this.x = x;
    this.events = events;
    this.shape = made.shape;
    this.randr = made.randr;
    this.window = made.window;
    this.layout = made.layout;
    x.onClosed(() => this.die());
    x.onEvent("DestroyNotify", (event) => {
      if (event.wid === this.window) this.die();
    });
    x.onEvent("ButtonPress", (event) => {
      if (event.wid === this.window && event.keycode === LEFT_BUTTON) this.pressed(event);
    });
    x.onEvent("ButtonRelease", (event) => {
      if (event.keycode === LEFT_BUTTON) this.heldAt = undefined;
    });
    x.onEvent("MotionNotify", (event) => this.dragged(event));
    x.onEvent("MapNotify", (event) => {
      if (event.wid !== this.window) this.insistSoon();
    });
    x.onEvent("UnmapNotify", (event) => {
      if (event.wid === this.window) this.insistSoon();
    });
    x.onEvent("ConfigureNotify", (event) => {
      if (event.wid1 === x.root) this.draw();
      else this.insistSoon();
    });
  }

  show(people: People): void {
    this.wanted = people;
    this.draw();
    this.tellLoss();
  }

  async close(): Promise<void> {
    this.state = { is: "closed" };
    clearTimeout(this.raiseTimer);
    await this.x.close();
  }

  private draw(): void {
    this.drawAgain = true;
    if (this.drawing || this.state.is !== "open") return;
    this.drawing = true;
    this.drawWanted()
      // The display is gone, or for some other reason the window shows what is not true any more.
      .catch((error: unknown) => this.die(error))
      .finally(() => {
        this.drawing = false;
      });
  }

  /** Again, when what is wanted has changed while a picture of it was being drawn. */
  private async drawWanted(): Promise<void> {
    while (this.drawAgain) {
      this.drawAgain = false;
      if (this.wanted.viewers.length === 0) {
        this.hide();
        continue;
      }
      const panel = layOutPanel(this.wanted);
      const [layout, raster] = await Promise.all([
        readLayout(this.x, this.randr),
        panel.svg === this.shown?.svg ? undefined : drawSvg(panel.svg),
      ]);
      this.layout = layout;
      if (this.state.is === "open" && !this.drawAgain) this.put(panel, raster);
    }
  }

  private hide(): void {
    if (this.shown === undefined) return;
    this.shown = undefined;
    this.heldAt = undefined;
    clearTimeout(this.raiseTimer);
    this.raiseTimer = undefined;
    // While it is hidden, what other windows do wakes nobody.
    this.x.client.ChangeWindowAttributes(this.x.root, { eventMask: 0 });
    this.x.client.UnmapWindow(this.window);
  }

  /** @param raster undefined: the picture is there already */
  private put(panel: Panel, raster: Raster | undefined): void {
    const wasHidden = this.shown === undefined;
    this.shown = panel;
    if (raster !== undefined) paintWindow(this.x, this.window, raster, this.shape);
    if (wasHidden) this.x.client.ChangeWindowAttributes(this.x.root, { eventMask: ROOT_EVENTS });
    this.insist();
  }

  /** Mapped, in its place, above all others. What is so already costs the server nothing and changes no pixel. */
  private insist(): void {
    const place = this.place();
    if (place === undefined) return;
    this.x.client.ConfigureWindow(this.window, { ...place, stackMode: ABOVE });
    this.x.client.MapWindow(this.window);
    this.pace.raised(performance.now());
  }

  private insistSoon(): void {
    if (this.shown === undefined || this.raiseTimer !== undefined || this.state.is !== "open") return;
    const waitMs = this.pace.waitMs(performance.now());
    if (waitMs === 0) {
      this.insist();
      return;
    }
    this.raiseTimer = setTimeout(() => {
      this.raiseTimer = undefined;
      this.insist();
    }, waitMs);
  }

  private pressed(event: X11PointerEvent): void {
    if (this.shown === undefined) return;
    if (isInside(this.shown.stop, event)) this.events.stop();
    else if (isInside(this.shown.pause, event)) this.events.pauseToggled();
    else this.heldAt = { x: event.x, y: event.y };
  }

  private dragged(event: X11PointerEvent): void {
    if (this.heldAt === undefined) return;
    this.draggedTo = { x: event.rootx - this.heldAt.x, y: event.rooty - this.heldAt.y };
    const place = this.place();
    if (place !== undefined) this.x.client.ConfigureWindow(this.window, place);
  }

  /** Always wholly on the screen: whoever controls must not be able to drag it out of sight. */
  private place(): Point | undefined {
    if (this.shown === undefined) return undefined;
    const { size } = this.shown;
    const { screen, monitors } = this.layout;
    const monitor = monitors[0] ?? { x: 0, y: 0, ...screen };
    const middle = monitor.x + Math.round((monitor.width - size.width) / 2);
    const wish = this.draggedTo ?? { x: middle, y: monitor.y + TOP_MARGIN_PX };
    return {
      x: Math.max(0, Math.min(wish.x, screen.width - size.width)),
      y: Math.max(0, Math.min(wish.y, screen.height - size.height)),
    };
  }

  private die(cause?: unknown): void {
    if (this.state.is !== "open") return;
    const loss = new HostError(
      "presence-lost",
      `The window that says who watches was closed, or its display ${this.x.displayName} ended.`,
      "Share again.",
      { cause },
    );
    this.state = { is: "dead", loss, told: false };
    this.shown = undefined;
    clearTimeout(this.raiseTimer);
    this.tellLoss();
  }

  private tellLoss(): void {
    if (this.state.is !== "dead" || this.state.told || this.wanted.viewers.length === 0) return;
    this.state = { ...this.state, told: true };
    this.events.lost(this.state.loss);
  }
}
