import { execFileSync } from "node:child_process";

/** Loads a layout such as `de` or `us,ru` on a display. */
export function setLayout(display: string, layout: string): void {
  execFileSync("setxkbmap", ["-display", display, layout]);
}

/** The keysyms of each keycode, as other programs see them: keycode to the words after "=". */
export function keysymsByKeycode(display: string): Map<number, string> {
  const text = execFileSync("xmodmap", ["-display", display, "-pke"], { encoding: "utf8" });
  return new Map(
    [...text.matchAll(/^keycode\s+(\d+) =(.*)$/gm)].map(([, keycode, keysyms]) => [
      Number(keycode),
      (keysyms ?? "").trim(),
    ]),
  );
}
