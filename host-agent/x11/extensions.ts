import type { Buffer } from "node:buffer";
import type { Rect } from "../../protocol/geometry.ts";
import type { Reply } from "./reply.ts";

/* The extensions of the `x11` package, as far as we use them (client.ts). */

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
  CreateRegion(region: number, rects: readonly Rect[]): void;
  DestroyRegion(region: number): void;
  FetchRegion(region: number, reply: Reply<{ readonly extents: Rect; readonly rectangles: readonly Rect[] }>): void;
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
  GetCrtcInfo(crtc: number, configTime: number, reply: Reply<Rect & { readonly mode: number }>): void;
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
