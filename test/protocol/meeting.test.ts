import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMeeting, encodeMeeting, type MeetingMessage } from "../../protocol/meeting.ts";
import { ascii, attack, bytes, expectEveryPrefixRefused, expectExactLength, u16, verdict } from "./hostile-bytes.ts";

const resumeSecret = new Uint8Array(32).map((_, index) => index);

const golden: readonly (readonly [MeetingMessage, Uint8Array])[] = [
  [
    { kind: "introduce", label: "Ada", onlyMjpeg: true },
    bytes(
      1, // introduce
      1, // only the unsealed picture can work
      3, // three bytes of label
      ...ascii("Ada"), // label
    ),
  ],
  [
    { kind: "asking" },
    bytes(
      2, // asking
    ),
  ],
  [
    { kind: "admitted", role: "control", path: "relay", resumeSecret },
    bytes(
      3, // admitted
      1, // control
      2, // only through the relay
      ...resumeSecret, // resume secret
    ),
  ],
  [
    { kind: "refused", reason: "denied" },
    bytes(
      4, // refused
      4, // denied
    ),
  ],
  [
    { kind: "offer", attempt: 2, way: "turn", sdp: "v=0\r\n" },
    bytes(
      5, // offer
      2, // attempt
      2, // through TURN
      ...u16(5), // five bytes of SDP
      ...ascii("v=0\r\n"), // SDP
    ),
  ],
  [
    { kind: "answer", attempt: 2, sdp: "v=0\r\n" },
    bytes(
      6, // answer
      2, // attempt
      ...u16(5), // five bytes of SDP
      ...ascii("v=0\r\n"), // SDP
    ),
  ],
  [
    { kind: "answer", attempt: 255, sdp: "" },
    bytes(
      6, // answer
      255, // attempt
      ...u16(0), // no SDP: not this way
    ),
  ],
  [
    { kind: "candidate", attempt: 1, mid: "0", candidate: "candidate:1" },
    bytes(
      7, // candidate
      1, // attempt
      1, // one byte of mid
      ...ascii("0"), // mid
      ...u16(11), // eleven bytes of candidate
      ...ascii("candidate:1"), // candidate
    ),
  ],
  [
    { kind: "want-mjpeg" },
    bytes(
      9, // want-mjpeg
    ),
  ],
  [
    { kind: "mjpeg", token: "abcdefghijklmnop" },
    bytes(
      10, // mjpeg
      16, // sixteen bytes of token
      ...ascii("abcdefghijklmnop"), // token
    ),
  ],
  [
    { kind: "want-relay", attempt: 2 },
    bytes(
      11, // want-relay
      2, // attempt
    ),
  ],
  [
    { kind: "relay", attempt: 2, url: "https://a.example:8/r", ticket: "v.cdefghijklmnop" },
    bytes(
      12, // relay
      2, // attempt
      21, // twenty-one bytes of URL
      ...ascii("https://a.example:8/r"), // URL
      16, // sixteen bytes of ticket
      ...ascii("v.cdefghijklmnop"), // ticket
    ),
  ],
  [
    { kind: "relay", attempt: 255, url: "", ticket: "" },
    bytes(
      12, // relay
      255, // attempt
      0, // no URL: the page's own server
      0, // no ticket: it offers none
    ),
  ],
  [
    { kind: "offer", attempt: 1, way: "direct", sdp: "" },
    bytes(
      5, // offer
      1, // attempt
      1, // direct
      ...u16(0), // empty SDP
    ),
  ],
  [
    {
      kind: "ice",
      policy: "relay",
      servers: [
        { urls: ["stun:a.example:3478"] },
        { urls: ["turn:a.example", "turns:a.example:443"], username: "9:v", credential: "pass" },
      ],
    },
    bytes(
      13, // ice
      1, // only TURN
      2, // two servers
      1, // one URL
      ...[19, ...ascii("stun:a.example:3478")], // its length, and the URL
      ...[0, 0], // neither username nor credential
      2, // two URLs
      ...[14, ...ascii("turn:a.example")], // the first
      ...[19, ...ascii("turns:a.example:443")], // the second
      ...[3, ...ascii("9:v")], // username
      ...[4, ...ascii("pass")], // credential
    ),
  ],
  [
    { kind: "ice", policy: "all", servers: [] },
    bytes(
      13, // ice
      0, // everything may be tried
      0, // no server
    ),
  ],
];
const carried = bytes(
  8, // message
  ...[0x22], // an ask-control of the pipe
);

describe("what is said after the proof", () => {
  it.each(golden)("%o has these bytes", (message, expected) => {
    expect(encodeMeeting(message)).toEqual(expected);
    expect(decodeMeeting(expected)).toEqual(message);
    expectExactLength(decodeMeeting, expected);
  });

  it("carries a pipe's messages of any length", () => {
    expect(encodeMeeting({ kind: "message", bytes: bytes(0x22) })).toEqual(carried);
    expect(decodeMeeting(carried)).toEqual({ kind: "message", bytes: bytes(0x22) });
    expectEveryPrefixRefused(decodeMeeting, carried, 1);
  });

  it("comes back as it went", () => {
    const text = (maxLength: number, maxBytes: number) =>
      fc
        .string({ unit: "grapheme", maxLength })
        .filter((one) => !/\p{Cc}/u.test(one) && Buffer.byteLength(one) <= maxBytes);
    const attempt = fc.nat({ max: 255 });
    const sdp = fc.string({ unit: "grapheme", maxLength: 2000 });
    const urls = fc.array(fc.constantFrom("stun:a", "turn:[2001:db8::1]:3478?transport=tcp", "turns:b.example"), {
      minLength: 1,
      maxLength: 8,
    });
    const stun = fc.record({ urls });
    const turn = fc.record({ urls, username: fc.constantFrom("1700000000:v1", "ä"), credential: text(40, 255) });
    const messages: fc.Arbitrary<MeetingMessage> = fc.oneof(
      fc.record({ kind: fc.constant("introduce" as const), label: text(16, 64), onlyMjpeg: fc.boolean() }),
      fc.record({
        kind: fc.constant("admitted" as const),
        role: fc.constantFrom("view" as const, "control" as const),
        path: fc.constantFrom("auto" as const, "direct" as const, "relay" as const, "mjpeg" as const),
        resumeSecret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      }),
      fc.record({ kind: fc.constant("offer" as const), attempt, way: fc.constantFrom("direct", "turn"), sdp }),
      fc.record({ kind: fc.constant("answer" as const), attempt, sdp }),
      fc.record({
        kind: fc.constant("ice" as const),
        policy: fc.constantFrom("all" as const, "relay" as const),
        servers: fc.array(fc.oneof(stun, turn), { maxLength: 8 }),
      }),
      fc.record({ kind: fc.constant("candidate" as const), attempt, mid: text(6, 32), candidate: text(100, 1024) }),
      fc.record({ kind: fc.constant("message" as const), bytes: fc.uint8Array({ maxLength: 300 }) }),
    );
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeMeeting(encodeMeeting(message))).toEqual(message);
      }),
    );
  });

  it("is refused when a value is outside its bounds", () => {
    expect(verdict(() => decodeMeeting(bytes(0)))).toBe("unknown-type");
    expect(verdict(() => decodeMeeting(bytes(14)))).toBe("unknown-type");
    expect(verdict(() => decodeMeeting(bytes(5, 1, 0, ...u16(0))))).toBe("unknown-type");
    expect(verdict(() => decodeMeeting(bytes(5, 1, 3, ...u16(0))))).toBe("unknown-type");
    expect(verdict(() => decodeMeeting(bytes(1, 2, 0)))).toBe("out-of-range");
    expect(verdict(() => decodeMeeting(bytes(3, 2, 0, ...resumeSecret)))).toBe("out-of-range");
    expect(verdict(() => decodeMeeting(bytes(3, 0, 4, ...resumeSecret)))).toBe("unknown-type");
    expect(verdict(() => decodeMeeting(bytes(4, 99)))).toBe("unknown-type");
  });

  it("is refused when text is longer than its limit", () => {
    const letters = (count: number) => new Array<number>(count).fill(0x61);
    const label = (count: number) => bytes(1, 0, count, ...letters(count));
    expect(verdict(() => decodeMeeting(label(64)))).toBe("accepted");
    expect(verdict(() => decodeMeeting(label(65)))).toBe("too-large");
    const sdp = (count: number) => bytes(5, 0, 1, ...u16(count), ...letters(count));
    expect(verdict(() => decodeMeeting(sdp(16 * 1024)))).toBe("accepted");
    expect(verdict(() => decodeMeeting(sdp(16 * 1024 + 1)))).toBe("too-large");
    const candidate = (mid: number, count: number) =>
      bytes(7, 0, mid, ...letters(mid), ...u16(count), ...letters(count));
    expect(verdict(() => decodeMeeting(candidate(32, 1024)))).toBe("accepted");
    expect(verdict(() => decodeMeeting(candidate(33, 0)))).toBe("too-large");
    expect(verdict(() => decodeMeeting(candidate(0, 1025)))).toBe("too-large");
  });

  it("is refused when names have control characters, or a token could be a path", () => {
    expect(verdict(() => decodeMeeting(bytes(1, 0, 1, 0x1b)))).toBe("bad-text");
    expect(verdict(() => decodeMeeting(bytes(7, 0, 1, 0x0a, 0, 0)))).toBe("bad-text");
    const mjpeg = (text: string) => bytes(10, text.length, ...ascii(text));
    const relay = (ticket: string, url = "") =>
      bytes(12, 0, url.length, ...ascii(url), ticket.length, ...ascii(ticket));
    for (const [token, longest] of [[mjpeg, 64] as const, [relay, 128] as const]) {
      for (const wrong of ["short", "../../../etc/passwd", "abcdefghijklmno?", "a".repeat(15)]) {
        expect(verdict(() => decodeMeeting(token(wrong)))).toBe("bad-text");
      }
      expect(verdict(() => decodeMeeting(token("a".repeat(longest))))).toBe("accepted");
      expect(verdict(() => decodeMeeting(token("a".repeat(longest + 1))))).toBe("too-large");
    }
    expect(decodeMeeting(mjpeg(""))).toEqual({ kind: "mjpeg", token: "" });
    const ticket = "a".repeat(16);
    for (const url of ["http://192.0.2.1:7450", "https://[2001:db8::1]/desk/relay", "https://a.example"]) {
      expect(verdict(() => decodeMeeting(relay(ticket, url)))).toBe("accepted");
    }
    for (const url of [
      "a.example",
      "ws://a.example",
      "https://a.example/",
      "https://a@b.example",
      "https://a/?b",
      "https://A",
    ]) {
      expect(
        verdict(() => decodeMeeting(relay(ticket, url))),
        url,
      ).toBe("bad-text");
    }
    expect(verdict(() => decodeMeeting(relay(ticket, `https://a/${"b".repeat(191)}`)))).toBe("too-large");
  });

  it("is refused when it names more ICE servers or URLs than a browser takes, or one of another scheme", () => {
    const url = (text: string) => [text.length, ...ascii(text)];
    const repeat = (count: number, part: number[]) => new Array<number[]>(count).fill(part).flat();
    const server = (...urls: string[]) => [urls.length, ...urls.flatMap(url), 0, 0];
    const ice = (count: number, part: number[]) => bytes(13, 0, count, ...repeat(count, part));
    expect(verdict(() => decodeMeeting(ice(8, server("stun:a"))))).toBe("accepted");
    expect(verdict(() => decodeMeeting(ice(9, server("stun:a"))))).toBe("too-large");
    expect(verdict(() => decodeMeeting(ice(1, server(...new Array<string>(8).fill("turn:a")))))).toBe("accepted");
    expect(verdict(() => decodeMeeting(ice(1, server(...new Array<string>(9).fill("turn:a")))))).toBe("out-of-range");
    expect(verdict(() => decodeMeeting(ice(1, server())))).toBe("out-of-range");
    expect(verdict(() => decodeMeeting(bytes(13, 2, 0)))).toBe("out-of-range");
    for (const other of ["http://a", "javascript:1", "turn:", "turn:a b", "turn:a\n", " stun:a", "STUN:a", "turn:ä"]) {
      const encoded = [...Buffer.from(other)];
      const one = bytes(13, 0, 1, 1, encoded.length, ...encoded, 0, 0);
      expect(
        verdict(() => decodeMeeting(one)),
        other,
      ).toBe("bad-text");
    }
    const withUser = (user: number[]) => bytes(13, 0, 1, 1, ...url("turn:a"), user.length, ...user, 0);
    expect(verdict(() => decodeMeeting(withUser([0x61])))).toBe("accepted");
    expect(verdict(() => decodeMeeting(withUser([0x0a])))).toBe("bad-text");
  });

  it("brings nothing but a ProtocolError out of 20,000 hostile ones", () => {
    attack(decodeMeeting, [...golden.map(([, expected]) => expected), carried]);
  });
});
