import type { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Size } from "../../protocol/geometry.ts";
import type { X11Extensions } from "./extensions.ts";
import type { Reply } from "./reply.ts";

/*
 * The part of the `x11` package that we use, as it really is (4.2). Requests with a reply take a callback; an error that
 * has no callback, or whose callback returns anything but true, is emitted as 'error' on the client.
 */

export type X11ClientOptions = {
  readonly display: string;
  /** False: a plain socket that cannot pass descriptors, so no shared memory. */
  readonly shm?: boolean;
  /** Requests leave together, when the event loop is about to wait; with `flushOnReply`, at once where one has a reply. */
  readonly bufferRequests?: { readonly flushOnReply: boolean } | false;
};

export type X11Visual = {
  readonly vid: number;
  readonly class: number;
  readonly red_mask: number;
  readonly green_mask: number;
  readonly blue_mask: number;
};

export type X11Screen = {
  readonly root: number;
  readonly root_visual: number;
  readonly root_depth: number;
  readonly white_pixel: number;
  readonly black_pixel: number;
  readonly pixel_width: number;
  readonly pixel_height: number;
  /** By depth, then by visual id. */
  readonly depths: Readonly<Record<number, Readonly<Record<number, X11Visual>>>>;
};

export type X11Display = {
  readonly client: X11Client;
  readonly screen: readonly X11Screen[];
  readonly format: Readonly<Record<number, { readonly bits_per_pixel: number; readonly scanline_pad: number }>>;
  /** 0 least significant byte first. */
  readonly image_byte_order: number;
  readonly min_keycode: number;
  readonly max_keycode: number;
  readonly vendor: string;
};

/** Core requests and the plumbing. Emits 'event' and 'error'. */
export interface X11Client extends EventEmitter {
  /** Undefined until the socket is connected. */
  readonly stream: Socket | undefined;
  /** Requests sent so far on this connection. */
  seq_num: number;
  /** For requests the package lacks: what unpacks the reply to request number `seq_num`, and who gets it. */
  readonly replies: Record<number, [unpack: (body: Buffer, secondByte: number) => unknown, reply: Reply<never>]>;
  readonly pack_stream: { put(request: Buffer): void; submit(expectsReply: boolean): void };
  terminate(): void;
  AllocID(): number;
  ReleaseID(id: number): void;
  require<Name extends keyof X11Extensions>(name: Name, ready: Reply<X11Extensions[Name]>): void;

  GetGeometry(drawable: number, reply: Reply<X11Geometry>): void;
  GetImage(
    format: number,
    drawable: number,
    x: number,
    y: number,
    width: number,
    height: number,
    planeMask: number,
    reply: Reply<{ readonly depth: number; readonly data: Buffer }>,
  ): void;
  QueryPointer(window: number, reply: Reply<X11Pointer>): void;
  /** The cheapest request with a reply: when it comes, everything sent before has been carried out. */
  GetInputFocus(reply: Reply<{ readonly focus: number }>): void;
  SetInputFocus(window: number, revertTo: number): void;
  /** One bit a keycode, 32 bytes. */
  QueryKeymap(reply: Reply<Buffer>): void;
  GetKeyboardControl(reply: Reply<X11KeyboardControl>): void;
  /** Whether the server repeats a key that is down: 0 no, 1 yes. */
  ChangeKeyboardControl(values: { readonly key: number; readonly autoRepeatMode: number }): void;
  /** One row of keycodes, padded with 0, for each of Shift, Lock, Control, Mod1..Mod5. */
  GetModifierMapping(reply: Reply<readonly (readonly number[])[]>): void;
  /** A row of keysyms for each keycode. */
  GetKeyboardMapping(first: number, count: number, reply: Reply<readonly (readonly number[])[]>): void;
  /** `keysyms` has `perKeycode` entries for each keycode from `first` on. */
  ChangeKeyboardMapping(first: number, perKeycode: number, keysyms: readonly number[]): void;

  CreateWindow(
    id: number,
    parent: number,
    x: number,
    y: number,
    width: number,
    height: number,
    borderWidth: number,
    depth: number,
    windowClass: number,
    visual: number,
    values: Readonly<Record<string, number>>,
  ): void;
  ChangeWindowAttributes(id: number, values: Readonly<Record<string, number>>): void;
  DestroyWindow(id: number): void;
  MapWindow(id: number): void;
  UnmapWindow(id: number): void;
  /** `stackMode` 0: above all its siblings. */
  ConfigureWindow(
    id: number,
    values: { readonly x?: number; readonly y?: number; readonly stackMode?: number } & Partial<Size>,
  ): void;
  /** Width and height 0: to the window's edges. */
  ClearArea(window: number, x: number, y: number, width: number, height: number, exposures: number): void;
  CreatePixmap(id: number, drawable: number, depth: number, width: number, height: number): void;
  FreePixmap(id: number): void;
  FreeGC(id: number): void;
  InternAtom(onlyIfExists: boolean, name: string, reply: Reply<number>): void;
  /** `mode` 0 replaces; `bits` is the size of one item of `data`. */
  ChangeProperty(mode: number, window: number, property: number, type: number, bits: number, data: Buffer): void;
  /** Pointer and keyboard modes: 1 lets other programs go on getting events meanwhile. */
  GrabKey(
    window: number,
    ownerEvents: number,
    modifiers: number,
    keycode: number,
    pointerMode: number,
    keyboardMode: number,
  ): void;
  UngrabKey(window: number, keycode: number, modifiers: number): void;
  CreateGC(id: number, drawable: number, values: Readonly<Record<string, number>>): void;
  ChangeGC(id: number, values: Readonly<Record<string, number>>): void;
  /** `rects` is flat: x, y, width, height, x, y, ... */
  PolyFillRectangle(drawable: number, gc: number, rects: readonly number[]): void;
  PutImage(
    format: number,
    drawable: number,
    gc: number,
    width: number,
    height: number,
    x: number,
    y: number,
    leftPad: number,
    depth: number,
    data: Buffer,
  ): void;
  WarpPointer(
    source: number,
    destination: number,
    sourceX: number,
    sourceY: number,
    sourceWidth: number,
    sourceHeight: number,
    x: number,
    y: number,
  ): void;
}

export type X11Geometry = {
  readonly xPos: number;
  readonly yPos: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
};
/** `keyMask`: modifiers in bits 0..7, buttons 1..5 in bits 8..12. */
export type X11Pointer = { readonly rootX: number; readonly rootY: number; readonly keyMask: number };
/** `autoRepeats`: which keys repeat while they are down, one bit a keycode, 32 bytes. */
export type X11KeyboardControl = { readonly autoRepeats: Buffer };
