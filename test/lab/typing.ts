import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { vi } from "vitest";
import { z } from "zod";
import { openPaintedWindow } from "../support/painted-window.ts";
import { XInputRecorder } from "../support/x-input-recorder.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";
/** Ten keys a second, each down for as long as fingers leave it down. */
const KEY_EVERY_MS = 100;
const KEY_DOWN_MS = 40;
const ECHO = { x: 40, y: 40, width: 640, height: 320 };
const LETTER = { width: 10, height: 16 };

const typedSchema = z.array(z.object({ key: z.string(), down: z.boolean(), atMs: z.number(), live: z.boolean() }));
type Typed = z.infer<typeof typedSchema>[number];
type Injected = { readonly character: string | undefined; readonly down: boolean; readonly atMs: number };

export type TypingFigures = {
  readonly keys: number;
  /** From the event in the page to the event at a program on the desktop. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly max: number };
  /** The longest time between two keys that were pressed on the desktop. */
  readonly longestGapMs: number;
};

/**
 * Hands that type on viewers' pages, and a program on the desktop that has the keyboard, writes down what it is told and
 * echoes it. What the pages took while they said "live" must arrive: each press and release once, and in order. Nothing
 * else may.
 */
export class Typing {
  private readonly recorder: XInputRecorder;
  private readonly closeEcho: () => Promise<void>;
  private readonly injected: Injected[] = [];
  private count = 0;

  private constructor(recorder: XInputRecorder, closeEcho: () => Promise<void>) {
    this.recorder = recorder;
    this.closeEcho = closeEcho;
  }

  static async open(display: string): Promise<Typing> {
    const recorder = await XInputRecorder.open(display);
    const echo = await openPaintedWindow(display, ECHO, 0xffffff);
    const typing = new Typing(recorder, () => echo.close());
    recorder.onRecorded = (event) => {
      if (event.kind !== "key") return;
      const { character, down } = event;
      typing.injected.push({ character, down, atMs: Date.now() });
      if (down) void echo.fill(letterBox(typing.injected.length), colorOf(typing.injected.length));
    };
    return typing;
  }

  async close(): Promise<void> {
    await this.recorder.close();
    await this.closeEcho();
  }

  /** Everything that follows is about this page, which is live. */
  async begin(page: Page): Promise<Hands> {
    await page.evaluate(`{
      window.labTyped = [];
      const note = (event) => window.labTyped.push({
        key: event.key,
        down: event.type === "keydown",
        atMs: Date.now(),
        live: document.documentElement.dataset.state === "live",
      });
      for (const type of ["keydown", "keyup"]) window.addEventListener(type, note, { capture: true });
    }`);
    this.injected.length = 0;
    return new Hands(page, this.injected, () => this.nextKey());
  }

  /** The alphabet over and over, each time beginning one letter later: no run of keys looks like another. */
  private nextKey(): string {
    const at = this.count++;
    return ALPHABET[(at + Math.floor(at / ALPHABET.length)) % ALPHABET.length] ?? "a";
  }
}

/** One page's hands. */
export class Hands {
  private readonly page: Page;
  private readonly injected: readonly Injected[];
  private readonly nextKey: () => string;

  constructor(page: Page, injected: readonly Injected[], nextKey: () => string) {
    this.page = page;
    this.injected = injected;
    this.nextKey = nextKey;
  }

  /** Types ten keys a second for as long as something else goes on. */
  async during<Result>(act: () => Promise<Result>): Promise<Result> {
    let over = false;
    const acting = act().finally(() => {
      over = true;
    });
    const typing = this.typeUntil(() => over);
    const [result] = await Promise.all([acting, typing]);
    return result;
  }

  async typeFor(durationMs: number): Promise<void> {
    await this.during(() => pause(durationMs));
  }

  /**
   * Waits until everything has arrived that was typed while the page was live, and checks that it did so exactly. The page
   * is live: it types one key more, because whatever comes twice comes before it.
   */
  async expectExact(limitMs: number): Promise<TypingFigures> {
    await this.page.keyboard.press(this.nextKey(), { delay: KEY_DOWN_MS });
    const typed = typedSchema.parse(await this.page.evaluate("window.labTyped"));
    const wanted = strokesOf(typed);
    await vi.waitFor(
      () => {
        if (this.injected.length < wanted.length) throw new Error(difference(wanted, this.injected));
      },
      { timeout: limitMs, interval: 20 },
    );
    if (strokesText(this.injected) !== strokesText(wanted)) throw new Error(difference(wanted, this.injected));
    return this.figures(wanted);
  }

  private figures(wanted: readonly Stroke[]): TypingFigures {
    const presses = this.injected.filter(({ down }) => down);
    const latencies = wanted
      .filter(({ down }) => down)
      .map(({ atMs }, index) => (presses[index]?.atMs ?? Number.POSITIVE_INFINITY) - atMs)
      .sort((a, b) => a - b);
    const gaps = presses.slice(1).map(({ atMs }, index) => atMs - (presses[index]?.atMs ?? atMs));
    const share = (part: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
    return {
      keys: presses.length,
      latencyMs: { p50: share(0.5), p95: share(0.95), max: share(1) },
      longestGapMs: Math.max(0, ...gaps),
    };
  }

  private async typeUntil(isOver: () => boolean): Promise<void> {
    const startMs = Date.now();
    for (let typed = 1; !isOver(); typed++) {
      await this.page.keyboard.press(this.nextKey(), { delay: KEY_DOWN_MS });
      await pause(Math.max(0, startMs + typed * KEY_EVERY_MS - Date.now()));
    }
  }
}

type Stroke = { readonly character: string | undefined; readonly down: boolean; readonly atMs: number };

/**
 * What the desktop must be told. A key goes down only while the page is live; and whatever went down comes up, if not by
 * the hand, then because the page or the host lets go of it.
 */
function strokesOf(typed: readonly Typed[]): Stroke[] {
  return typed.flatMap(({ key, down, atMs, live }) =>
    down && live ? [true, false].map((isDown) => ({ character: key, down: isDown, atMs })) : [],
  );
}

const strokesText = (strokes: readonly Pick<Stroke, "character" | "down">[]): string =>
  strokes.map(({ character, down }) => `${down ? "+" : "-"}${character ?? "?"}`).join(" ");

function difference(wanted: readonly Stroke[], injected: readonly Injected[]): string {
  const [want, got] = [wanted, injected].map((strokes) => strokesText(strokes).split(" "));
  const at = want?.findIndex((stroke, index) => stroke !== got?.[index]) ?? 0;
  const around = (strokes: readonly string[] | undefined) => strokes?.slice(Math.max(0, at - 6), at + 12).join(" ");
  return `typed ${want?.length} strokes, injected ${got?.length}; they part at ${at}: typed ${around(want)}, injected ${around(got)}`;
}

function letterBox(count: number) {
  const columns = ECHO.width / LETTER.width;
  const row = Math.floor(count / columns) % (ECHO.height / LETTER.height);
  return { ...LETTER, x: (count % columns) * LETTER.width, y: row * LETTER.height };
}

const colorOf = (count: number): number => (count * 0x9e3779) & 0xffffff;
