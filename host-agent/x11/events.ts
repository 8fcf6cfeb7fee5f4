import type { Rect } from "../../protocol/geometry.ts";

/** Events by their name in the package. Names that are not here carry no fields we use. */
export type X11EventByName = {
  readonly DamageNotify: { readonly damage: number };
  readonly CursorNotify: { readonly cursorSerial: number };
  readonly RRScreenChangeNotify: { readonly width: number; readonly height: number };
  readonly XIRawMotion: X11RawEvent;
  readonly XIRawButtonPress: X11RawEvent;
  readonly XIRawKeyPress: X11RawEvent;
  readonly XIRawTouchBegin: X11RawEvent;
  readonly XIHierarchyChanged: object;
  /** `wid` is the window whose events were asked for, `wid1` the one that was configured: itself or a child. */
  readonly ConfigureNotify: Rect & { readonly wid: number; readonly wid1: number };
  readonly MapNotify: { readonly event: number; readonly wid: number };
  readonly UnmapNotify: { readonly event: number; readonly wid: number };
  readonly DestroyNotify: { readonly event: number; readonly wid: number };
  readonly MappingNotify: { readonly request: number };
  /** Any XKB event without fields of its own in the package, such as a changed key map. */
  readonly XkbEvent: { readonly xkbType: number };
  readonly KeyPress: { readonly keycode: number; readonly buttons: number };
  readonly KeyRelease: { readonly keycode: number; readonly buttons: number };
  readonly ButtonPress: X11PointerEvent & { readonly keycode: number };
  readonly ButtonRelease: X11PointerEvent & { readonly keycode: number };
  readonly MotionNotify: X11PointerEvent;
};

/** `sourceId` is the device a hand moves, or XTEST's (XInput 2.2). */
export type X11RawEvent = { readonly sourceId: number };
/** `x` and `y` are in the window, `rootx` and `rooty` on the screen. */
export type X11PointerEvent = {
  readonly wid: number;
  readonly rootx: number;
  readonly rooty: number;
  readonly x: number;
  readonly y: number;
};
