import type { Point } from "../../protocol/geometry.ts";
import type { InputEvent } from "../../protocol/input.ts";
import { type KeyCode, keyCode } from "../../protocol/key-code.ts";
import { type HeldKeys, type KeyboardHost, keyStroke, NO_KEYS } from "../core/key-stroke.ts";
import { MAX_TYPED_CHARACTERS, pressed, typedText } from "../core/typed-text.ts";

/**
 * The field moves to where the pointer pressed, but when what the press did has most likely been seen: its picture would wait for
 * the frame that the move costs. An input method that begins sooner has it moved at once.
 */
const MOVE_AFTER_MS = 300;

export type KeyboardInput = {
  readonly held: () => KeyCode[];
  readonly forget: () => void;
  /** Gives the keyboard to the desktop. The point is where an input method shows its candidates. */
  readonly focus: (at?: Point) => void;
  readonly setEnabled: (enabled: boolean) => void;
};

type Owner = {
  readonly stage: HTMLElement;
  readonly label: string;
  readonly emit: (event: InputEvent) => void;
  readonly blurred: () => void;
  readonly tooLong: (characters: number) => void;
  readonly signal: AbortSignal;
};

/**
 * Keys while the stage has the keyboard, which it has as long as a hidden text field in it has the focus: only a text
 * field gets dead keys, input methods, soft keyboards and paste.
 */
export function listenToKeyboard(owner: Owner): KeyboardInput {
  const { stage, emit, signal } = owner;
  const host: KeyboardHost = /Mac|iPhone|iPad/.test(navigator.platform) ? "mac" : "other";
  const field = textField(owner.label);
  stage.append(field);
  signal.addEventListener("abort", () => field.remove());
  let held: HeldKeys = NO_KEYS;
  let enabled = false;
  let pressedAt: Point | undefined;
  let moving: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(moving));
  const move = () => {
    clearTimeout(moving);
    if (pressedAt !== undefined) Object.assign(field.style, { left: `${pressedAt.x}px`, top: `${pressedAt.y}px` });
    pressedAt = undefined;
  };

  const stroke = (event: KeyboardEvent) => {
    // With nothing focused the keyboard is nobody's, so it is the desktop's.
    if (!enabled || (event.target !== field && event.target !== document.body)) return;
    const decision = keyStroke(held, describe(event), host);
    held = decision.held;
    if (decision.ours) event.preventDefault();
    if (event.target !== field) field.focus({ preventScroll: true });
    for (const one of decision.events) emit(one);
  };

  const type = (text: string) => {
    for (const event of typedText(text)) emit(event);
  };
  const tap = (name: string) => {
    const code = keyCode(name);
    if (code !== undefined) for (const event of pressed([code])) emit(event);
  };

  // What soft keyboards and input methods enter without a key the page could name.
  const enter = (event: globalThis.InputEvent) => {
    if (event.isComposing || event.inputType.includes("omposition")) return;
    event.preventDefault();
    if (event.inputType === "insertLineBreak" || event.inputType === "insertParagraph") tap("Enter");
    else if (event.inputType === "deleteContentBackward") tap("Backspace");
    else if (event.inputType === "deleteContentForward") tap("Delete");
    else if (event.inputType.startsWith("insert") && event.data !== null) type(event.data);
  };

  const paste = (event: ClipboardEvent) => {
    event.preventDefault();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text.length > MAX_TYPED_CHARACTERS) owner.tooLong(text.length);
    else type(text);
  };

  const commit = (event: CompositionEvent) => {
    type(event.data);
    field.value = "";
  };

  document.addEventListener("keydown", stroke, { signal });
  document.addEventListener("keyup", stroke, { signal });
  field.addEventListener("beforeinput", enter, { signal });
  field.addEventListener("compositionstart", move, { signal });
  field.addEventListener("compositionend", commit, { signal });
  field.addEventListener("paste", paste, { signal });
  field.addEventListener("blur", owner.blurred, { signal });

  return {
    held: () => [...new Set(held.values())],
    forget: () => {
      held = NO_KEYS;
    },
    focus: (at) => {
      if (!enabled) return;
      field.focus({ preventScroll: true });
      if (at === undefined) return;
      pressedAt = at;
      clearTimeout(moving);
      moving = setTimeout(move, MOVE_AFTER_MS);
    },
    setEnabled: (on) => {
      enabled = on;
      field.disabled = !on;
    },
  };
}

function textField(label: string): HTMLTextAreaElement {
  const field = document.createElement("textarea");
  field.className = "key-field";
  field.disabled = true;
  field.setAttribute("aria-label", label);
  // A finger on the picture is a click there and must not raise the soft keyboard.
  field.inputMode = "none";
  field.autocapitalize = "off";
  field.autocomplete = "off";
  field.spellcheck = false;
  return field;
}

function describe(event: KeyboardEvent) {
  return {
    code: event.code,
    key: event.key,
    down: event.type === "keydown",
    repeat: event.repeat,
    ctrl: event.ctrlKey,
    alt: event.altKey,
    meta: event.metaKey,
    altGraph: event.getModifierState("AltGraph"),
    // 229 is what Safari and soft keyboards say in place of isComposing.
    composing: event.isComposing || event.keyCode === 229,
  };
}
