import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../protocol/bytes.ts";
import { formatCode, formatLink, isRoom, parseFragment, parseRoomCode, proofSecret } from "../../protocol/room-code.ts";

const rooms = fc.stringMatching(/^[0-9]{4,6}$/);
const secretDigits = fc.stringMatching(/^[0-9]{8}$/);
const linkSecrets = fc.uint8Array({ minLength: 16, maxLength: 16 });
const code = { kind: "code", room: "7316", secretDigits: "48291506" } as const;
const shown = formatCode("7316", "48291506");
const secret = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255);
const problem = (what: "typo" | "incomplete" | "not-a-code") => ({ kind: "problem", problem: what });

describe("a code", () => {
  it("is shown in groups that can be read aloud", () => {
    expect(shown).toBe("7316 · 482 915 060");
    expect(formatCode("123456", "00000000")).toMatch(/^123456 · 000 000 00[0-9]$/);
  });

  it("has the published check digit of Damm's algorithm", () => {
    // 572 has check digit 4; leading zeros change nothing in it.
    expect(formatCode("0000", "00000572").at(-1)).toBe("4");
  });

  it.each([
    ["as shown", shown],
    ["without spaces", shown.replace(/[ ·]/g, "")],
    ["with hyphens", shown.replace(/[ ·]+/g, "-")],
    ["with other dashes and dots", shown.replace(" · ", " – ").replace(" ", "•")],
    ["with spaces around, a line end and invisible marks", `\u200e  ${shown}\u00a0\n`],
  ])("is read %s", (_, text) => {
    expect(parseRoomCode(text)).toEqual(code);
  });

  it("comes back from every room and secret", () => {
    fc.assert(
      fc.property(rooms, secretDigits, (room, digits) => {
        expect(parseRoomCode(formatCode(room, digits))).toEqual({ kind: "code", room, secretDigits: digits });
      }),
    );
  });

  it("shows a typo for every wrong digit and every swap of neighbours", () => {
    fc.assert(
      fc.property(rooms, secretDigits, fc.nat(), fc.integer({ min: 1, max: 9 }), (room, digits, place, by) => {
        const plain = formatCode(room, digits).replace(/[ ·]/g, "");
        const at = place % plain.length;
        const wrong = plain.slice(0, at) + ((Number(plain[at]) + by) % 10) + plain.slice(at + 1);
        expect(parseRoomCode(wrong)).toEqual(problem("typo"));
        const pair = place % (plain.length - 1);
        const [left = "", right = ""] = plain.slice(pair, pair + 2);
        fc.pre(left !== right);
        const swapped = plain.slice(0, pair) + right + left + plain.slice(pair + 2);
        expect(parseRoomCode(swapped)).toEqual(problem("typo"));
      }),
      { numRuns: 2000 },
    );
  });

  it("is incomplete while digits are missing", () => {
    const plain = shown.replace(/[ ·]/g, "");
    for (let length = 0; length < plain.length; length++) {
      expect(parseRoomCode(plain.slice(0, length))).toEqual(problem("incomplete"));
    }
  });

  it.each(["hello", "7316x482915060", "1".repeat(16), "http://192.168.1.4:7440/", "７３１６"])(
    "is not what stands in %j",
    (text) => {
      expect(parseRoomCode(text)).toEqual(problem("not-a-code"));
    },
  );

  it("proves itself by its eight digits as text", () => {
    expect(proofSecret(code)).toEqual(utf8("48291506"));
  });
});

describe("a link", () => {
  const link = formatLink("http://192.168.1.4:7440", "7316", secret);

  it("is the page, then room and secret after the hash", () => {
    expect(link).toBe("http://192.168.1.4:7440/#7316.AAECAwQFBgcICQoLDA0O_w");
    expect(formatLink("https://desk.example/beam/", "7316", secret)).toBe(
      "https://desk.example/beam/#7316.AAECAwQFBgcICQoLDA0O_w",
    );
  });

  it.each([
    ["whole", link],
    ["with parameters before the hash", "https://desk.example/?view_only=1&room=9999#7316.AAECAwQFBgcICQoLDA0O_w"],
    ["as the part after the hash", "7316.AAECAwQFBgcICQoLDA0O_w"],
    ["with spaces around it", `  ${link}\n`],
    ["with a full stop after it, from a sentence", `${link}.`],
  ])("is read %s", (_, text) => {
    expect(parseRoomCode(text)).toEqual({ kind: "link", room: "7316", secret });
  });

  it("comes back from every room and secret", () => {
    fc.assert(
      fc.property(rooms, linkSecrets, (room, bytes) => {
        const text = formatLink("https://desk.example", room, bytes);
        expect(parseRoomCode(text)).toEqual({ kind: "link", room, secret: bytes });
        expect(parseFragment(text.slice(text.indexOf("#")))).toEqual({ kind: "link", room, secret: bytes });
      }),
    );
  });

  it("is incomplete when it was cut off", () => {
    const start = link.indexOf("7316.") + 5;
    for (let length = start; length < link.length; length++) {
      expect(parseRoomCode(link.slice(0, length))).toEqual(problem("incomplete"));
    }
  });

  it.each(["", "#", "#settings", "#731.AAECAwQFBgcICQoLDA0O_w", "#7316.AAECAwQFBgcICQoLDA0O_wA", "#7316-AAEC"])(
    "is not what stands in the fragment %j",
    (fragment) => {
      expect(parseFragment(fragment)).toEqual(problem("not-a-code"));
    },
  );

  it("has one spelling: spare bits in its last letter are a typo", () => {
    expect(parseFragment("#7316.AAECAwQFBgcICQoLDA0O_x")).toEqual(problem("typo"));
  });

  it("proves itself by its bytes", () => {
    expect(proofSecret({ kind: "link", room: "7316", secret })).toEqual(secret);
  });
});

describe("any text at all", () => {
  it("is a code, a link or a named problem, never an exception", () => {
    const digitsAndMarks = fc.string({ unit: fc.constantFrom(..."0123456789 -·.#_Aa\u200e") });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), digitsAndMarks), (text) => {
        const found = [parseRoomCode(text), parseFragment(text)];
        return found.every((one) => one.kind === "problem" || isRoom(one.room));
      }),
      { numRuns: 20_000 },
    );
  });
});
