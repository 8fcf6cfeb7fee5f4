import { describe, expect, test } from "vitest";
import type { People } from "../../../host-agent/presence/driver.ts";
import { layOutPanel, roundedRows } from "../../../host-agent/presence/x11-window/panel.ts";
import { presenceWords } from "../../../host-agent/presence/x11-window/words.ts";
import { FONT_CHARACTERS } from "../../../host-agent/raster/stroke-font.ts";

const people = (labels: readonly string[], controller = -1, paused = false): People => ({
  paused,
  viewers: labels.map((label, index) => ({ id: `${index}`, label, role: index === controller ? "control" : "view" })),
});

describe("what the window says", () => {
  test.each([
    ["Maria is watching", people(["Maria"])],
    ["2 watching", people(["Maria", "Tom"])],
    ["2 watching · Maria controls", people(["Tom", "Maria"], 1)],
    ["1 watching · Maria controls", people(["Maria"], 0)],
    ["Paused · viewers see nothing", people(["Maria", "Tom"], 0, true)],
  ])("%s", (words, given) => {
    expect(presenceWords(given)).toBe(words);
  });

  test("a name loses its accents, because our font has none", () => {
    expect(presenceWords(people(["José Ñuñez"]))).toBe("Jose Nunez is watching");
  });

  test("a name without a single visible character is Somebody", () => {
    expect(presenceWords(people(["\u200b\u202e \u0301"]))).toBe("Somebody is watching");
  });

  test("a name cannot turn the sentence around or push its end out of sight", () => {
    const words = presenceWords(people([`\u202e${"nobody is watching\n".repeat(500)}`], 0));
    expect(words).toBe("1 watching · nobody is watching nobo… controls");
    for (const character of words) expect(FONT_CHARACTERS).toContain(character);
  });
});

describe("the panel", () => {
  const widest = layOutPanel(people(["@".repeat(1000)], 0));

  test("stays small, whatever a viewer calls itself", () => {
    expect(widest.size.width).toBeLessThan(640);
    expect(widest.size.height).toBeLessThan(50);
  });

  test("has its buttons side by side and inside", () => {
    const { pause, stop, size } = widest;
    expect(pause.x + pause.width).toBeLessThan(stop.x);
    expect(stop.x + stop.width).toBeLessThan(size.width);
    expect(stop.y + stop.height).toBeLessThan(size.height);
  });

  test("is a rectangle without its corners", () => {
    const rows = roundedRows({ width: 100, height: 40 });
    const area = rows.reduce((sum, [, , width, height]) => sum + width * height, 0);
    expect(area).toBeGreaterThan(100 * 40 - 121);
    expect(area).toBeLessThan(100 * 40 - 80);
    expect(rows.every(([x, , width]) => x >= 0 && x + width <= 100)).toBe(true);
  });
});
