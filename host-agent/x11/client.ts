import type { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Size } from "../../protocol/geometry.ts";

/*
 * The part of the `x11` package that we use, as it really is (4.2). Requests with a reply take a callback; an error that
 * has no callback, or whose callback returns anything but true, is emitted as 'error' on the client.
 */

/** @returns true: the error is dealt with. */
export type Reply<T> = (error: X11RequestError | null | undefined, value: T) => boolean;

/** What the server answered to one bad request. `error` is the protocol's error number: 3 BadWindow, 8 BadMatch, ... */
export type X11RequestError = Error & { readonly error?: number; readonly majorOpcode?: number };

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
export type X11Rect = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

export type X11Extensions = {
  readonly damage: X11Damage;
  readonly fixes: X11Fixes;
  readonly randr: X11Randr;
  readonly shape: X11Shape;
  readonly shm: X11Shm;
  readonly xinput: X11Xinput;
  readonly xkb: X11Xkb;
  readonly xtest: X11Xtest;
};

export interface X11Damage {
  readonly ReportLevel: { readonly NonEmpty: number };
  Create(damage: number, drawable: number, level: number): void;
  Destroy(damage: number): void;
  /** Moves the damage, or its part in `repair` (0: all), into region `parts`, and reports again from there. */
  Subtract(damage: number, repair: number, parts: number): void;
}

export interface X11Fixes {
  CreateRegion(region: number, rects: readonly X11Rect[]): void;
  DestroyRegion(region: number): void;
  FetchRegion(
    region: number,
    reply: Reply<{ readonly extents: X11Rect; readonly rectangles: readonly X11Rect[] }>,
  ): void;
  /** Mask 1: tell me when another cursor is displayed; 0: no more. */
  SelectCursorInput(window: number, mask: number): void;
  GetCursorImage(reply: Reply<X11CursorImage>): void;
}

export type X11CursorImage = {
  readonly width: number;
  readonly height: number;
  readonly xhot: number;
  readonly yhot: number;
  readonly cursorSerial: number;
  /** Native-endian ARGB words with premultiplied alpha. */
  readonly cursorImage: Buffer;
};

export interface X11Randr {
  readonly NotifyMask: { readonly ScreenChange: number; readonly CrtcChange: number };
  SelectInput(window: number, mask: number): void;
  GetScreenResourcesCurrent(window: number, reply: Reply<X11ScreenResources>): void;
  GetCrtcInfo(crtc: number, configTime: number, reply: Reply<X11Rect & { readonly mode: number }>): void;
}

export type X11ScreenResources = { readonly config_timestamp: number; readonly crtcs: readonly number[] };

export interface X11Shm {
  /** Can this connection pass descriptors? Only a local one can. */
  readonly fdCapable: boolean;
  readonly major: number;
  readonly minor: number;
  /** The server maps the file behind `fd`, of which a copy is sent. The answer comes when it has, or could not. */
  AttachFd(segment: number, fd: number, readOnly: boolean, reply: Reply<void>): void;
  Detach(segment: number): void;
  GetImage(
    drawable: number,
    x: number,
    y: number,
    width: number,
    height: number,
    planeMask: number,
    format: number,
    segment: number,
    offsetBytes: number,
    reply: Reply<{ readonly size: number }>,
  ): void;
}

export interface X11Shape {
  readonly Op: { readonly Set: number };
  readonly Kind: { readonly Bounding: number };
  /** The window consists of these rectangles, each x, y, width, height. */
  Rectangles(
    operation: number,
    kind: number,
    window: number,
    x: number,
    y: number,
    rects: readonly (readonly [x: number, y: number, width: number, height: number])[],
  ): void;
}

export interface X11Xinput {
  readonly AllDevices: number;
  readonly AllMasterDevices: number;
  readonly EventMask: Readonly<
    Record<"RawMotion" | "RawButtonPress" | "RawKeyPress" | "RawTouchBegin" | "HierarchyChanged", number>
  >;
  readonly DeviceType: { readonly SlavePointer: number; readonly SlaveKeyboard: number };
  /** The version of XInput 2 the server speaks; null: none. */
  readonly xi2: { readonly majorVersion: number; readonly minorVersion: number } | null;
  XIQueryDevice(device: number, reply: Reply<readonly X11InputDevice[]>): void;
  XIQueryVersion(major: number, minor: number, reply: Reply<{ readonly majorVersion: number }>): void;
  XISelectEvents(window: number, selection: { readonly deviceId: number; readonly mask: number }): void;
}

/** `use` is one of DeviceType. */
export type X11InputDevice = { readonly deviceId: number; readonly use: number; readonly name: string };

export interface X11Xtest {
  readonly KeyPress: number;
  readonly KeyRelease: number;
  readonly ButtonPress: number;
  readonly ButtonRelease: number;
  readonly MotionNotify: number;
  /** `detail` is a keycode, a button, or 0 for an absolute motion; `delayMs` 0 is at once. */
  FakeInput(type: number, detail: number, delayMs: number, root: number, x: number, y: number): void;
  /** True: this client is served even while another has grabbed the server. */
  GrabControl(impervious: boolean): void;
}

export interface X11Xkb {
  readonly majorOpcode: number;
  /** The core keyboard, whatever device that is. */
  readonly UseCoreKbd: number;
  readonly EventType: { readonly NewKeyboardNotify: number; readonly MapNotify: number };
  GetState(device: number, reply: Reply<X11KeyboardState>): void;
  SelectEvents(
    device: number,
    affectWhich: number,
    clear: number,
    selectAll: number,
    affectMap: number,
    map: number,
  ): void;
  LatchLockState(
    device: number,
    affectModLocks: number,
    modLocks: number,
    lockGroup: boolean,
    groupLock: number,
    affectModLatches: number,
    modLatches: number,
    latchGroup: boolean,
    groupLatch: number,
  ): void;
}

/** Modifiers are bits: Shift 1, Lock 2, Control 4, Mod1..Mod5 8..128. `group` is the layout in effect, from 0. */
export type X11KeyboardState = {
  readonly mods: number;
  readonly baseMods: number;
  readonly latchedMods: number;
  readonly lockedMods: number;
  readonly group: number;
  readonly lockedGroup: number;
};
