import { describe, expect, it } from "vitest";
import { STEP_LIMITS_MS } from "../../../viewer/core/connect-report.ts";
import { Ladder, type LadderEffect, type LadderSetting } from "../../../viewer/core/ladder.ts";

const AUTO: LadderSetting = {
  path: "auto",
  server: { relay: true, mjpeg: true },
  hasWebRtc: true,
  hurry: false,
};

const inWords = (effect: LadderEffect): string =>
  effect.do === "stop" || effect.do === "leave"
    ? `${effect.do} ${effect.path}: ${effect.reason}`
    : `${effect.do} ${effect.path}`;

/** A ladder that begins at 0 ms, and what it wants done, in words. */
function ladderWith(setting: Partial<LadderSetting> = {}) {
  const ladder = new Ladder({ ...AUTO, ...setting });
  /** What is to be done at this moment; everything before it was done in time. */
  const at = (nowMs: number) => ladder.next(nowMs).map(inWords);
  /** What is to be done until then, each with its time, as a shell does that wakes up when it is due. */
  const until = (endMs: number) => {
    const done: string[] = [];
    for (let dueMs = ladder.dueAtMs(); dueMs !== undefined && dueMs <= endMs; dueMs = ladder.dueAtMs()) {
      const effects = at(dueMs);
      if (effects.length === 0) throw new Error(`nothing to do at ${dueMs} ms, though it was due`);
      done.push(...effects.map((effect) => `${dueMs} ${effect}`));
    }
    return done;
  };
  return { ladder, at, until };
}

/** The host lets in at 1,000 ms; a direct connection has been looked for from the beginning. */
function admitted(setting: Partial<LadderSetting> = {}, turn: "turn" | "no turn" | "not said" = "turn") {
  const one = ladderWith(setting);
  one.at(0);
  one.ladder.admitted("auto", 1_000, undefined);
  if (turn !== "not said") one.ladder.iceSaid("all", turn === "turn");
  return { ...one, first: one.at(1_000) };
}

/** The relay is open at 1,500 ms, and nothing else. */
function bridged() {
  const one = admitted();
  one.until(1_500);
  one.ladder.opened("relay");
  return one;
}

/** The relay is used, and WebRTC was tried in vain, at 13,000 ms the direct way. */
function onTheRelay() {
  const one = bridged();
  one.until(20_000);
  one.ladder.pictured();
  return one;
}

/** The relay has shown a picture at 2,000 ms, and is left for TURN at 2,100. */
function onTurn() {
  const one = bridged();
  one.until(2_000);
  one.ladder.pictured();
  one.ladder.opened("turn");
  expect(one.at(2_100)).toEqual(["use turn"]);
  return one;
}

const over = (ladder: Ladder, ...paths: ("direct" | "turn" | "relay" | "mjpeg")[]) => {
  for (const path of paths) ladder.failed(path, "no-way-found");
};

describe("the ladder, from the proof to the first way", () => {
  it("looks for a direct connection before the host has decided, and for nothing else, for as long as that takes", () => {
    const { ladder, at } = ladderWith();
    expect(at(0)).toEqual(["start direct"]);
    expect(ladder.dueAtMs()).toBeUndefined();
    expect(at(60_000)).toEqual([]);
  });

  it("asks for TURN after 250 ms, and for the relay as long before it is needed as it takes to open", () => {
    const { first, until } = admitted();
    expect(first).toEqual([]);
    expect(until(1_500)).toEqual(["1250 start turn", "1250 start relay"]);
  });

  it("asks for the relay while the host still decides, where it took long to come so far", () => {
    const { ladder, at, until } = ladderWith();
    ladder.begun(1_000, 600);
    expect(at(1_000)).toEqual(["start direct", "start relay"]);
    ladder.admitted("auto", 1_100, 700);
    ladder.opened("relay");
    expect(until(1_400)).toContain("1200 use relay");
  });

  it("does not hurry with it where the way is short", () => {
    const { ladder, at, until } = ladderWith();
    ladder.begun(1_000, 100);
    expect(at(1_000)).toEqual(["start direct"]);
    ladder.admitted("auto", 1_050, 150);
    expect(until(1_400)).toContain("1150 start relay");
  });

  it("uses a direct connection at once, and leaves what is worse", () => {
    const { ladder, at } = admitted();
    at(1_100);
    ladder.opened("direct");
    expect(at(1_200)).toEqual([
      "use direct",
      "leave turn: not-needed",
      "leave relay: not-needed",
      "leave mjpeg: not-needed",
    ]);
    expect(ladder.dueAtMs()).toBeUndefined();
  });

  it("crosses the bridge 500 ms after the admission, and not before, though it is ready", () => {
    const { ladder, at, until } = admitted();
    at(1_250);
    ladder.opened("relay");
    expect(at(1_400)).toEqual([]);
    expect(until(2_000)).toEqual(["1500 use relay", "1500 leave mjpeg: not-needed"]);
  });

  it.each([
    [0, 1_250, 1_500],
    [100, 1_150, 1_400],
    [350, 1_000, 1_150],
    [450, 1_000, 1_100],
    [5_000, 1_000, 1_100],
  ])("crosses it sooner where %i ms have passed without a person: asked for at %i ms, used at %i", (...ms) => {
    const [tookMs, askedMs, usedMs] = ms;
    const { ladder, at, until } = ladderWith();
    at(0);
    ladder.admitted("auto", 1_000, tookMs);
    ladder.iceSaid("all", false);
    expect(until(askedMs)).toContain(`${askedMs} start relay`);
    ladder.opened("relay");
    expect(until(2_000)).toContain(`${usedMs} use relay`);
  });

  it("crosses the bridge as soon as it is there when that takes longer", () => {
    const { ladder, at, until } = admitted();
    until(5_000);
    ladder.opened("relay");
    expect(at(5_000)).toEqual(["use relay", "leave mjpeg: not-needed"]);
  });

  it("does not wait with the bridge when nothing better is left", () => {
    const { ladder, at } = admitted();
    over(ladder, "direct");
    // TURN at once, too: nothing is left that it would save.
    expect(at(1_001)).toEqual(["stop direct: no-way-found", "start turn"]);
    over(ladder, "turn");
    expect(at(1_002)).toEqual(["stop turn: no-way-found", "start relay"]);
    ladder.opened("relay");
    expect(at(1_003)).toEqual(["use relay", "leave mjpeg: not-needed"]);
  });

  it("asks for the relay at once where there is no WebRTC", () => {
    const { ladder, at } = ladderWith({ hasWebRtc: false });
    expect(at(0)).toEqual(["leave direct: no-webrtc", "leave turn: no-webrtc"]);
    ladder.admitted("auto", 1_000, undefined);
    expect(at(1_000)).toEqual(["start relay"]);
    ladder.opened("relay");
    expect(at(1_010)).toEqual(["use relay", "leave mjpeg: not-needed"]);
  });
});

describe("the ladder, when a better way opens later", () => {
  it("moves from the bridge to TURN and from TURN to direct, and never back", () => {
    const { ladder, at } = onTurn();
    ladder.opened("direct");
    expect(at(2_200)).toEqual(["use direct"]);
    expect(ladder.dueAtMs()).toBeUndefined();
    expect(at(60_000)).toEqual([]);
  });

  it("lets the first picture come whole over the first way, before it moves to a better one", () => {
    const { ladder, at, until } = admitted();
    until(1_500);
    ladder.opened("relay");
    until(1_700);
    ladder.opened("direct");
    expect(at(1_720)).toEqual([]);
    expect(ladder.pictured()).toBe(true);
    expect(at(1_800)).toEqual(["use direct", "leave turn: not-needed"]);
    expect(ladder.pictured()).toBe(false);
  });

  it("waits half a second for that picture, and no longer", () => {
    const { ladder, at, until } = admitted();
    until(1_500);
    ladder.opened("turn");
    at(1_350);
    ladder.opened("direct");
    expect(until(3_000)).toEqual(["1850 use direct"]);
  });

  it("does not begin with TURN either while that picture is on its way: both ends are busy with it", () => {
    const { ladder, at, until } = ladderWith();
    at(0);
    ladder.admitted("auto", 1_000, 450);
    ladder.iceSaid("all", true);
    at(1_000);
    ladder.opened("relay");
    expect(until(1_300)).toEqual(["1100 use relay", "1100 leave mjpeg: not-needed"]);
    expect(ladder.pictured()).toBe(true);
    expect(at(1_300)).toEqual(["start turn"]);
  });

  it("waits for no picture from a way that is gone", () => {
    const { ladder, at, until } = admitted();
    until(1_500);
    ladder.opened("relay");
    until(1_700);
    ladder.opened("turn");
    ladder.failed("relay", "closed");
    expect(at(1_750)).toEqual(["use turn"]);
  });

  it("leaves a bridge that is still being built when TURN opens, and goes on looking for a direct connection", () => {
    const { ladder, at, until } = admitted();
    until(1_500);
    ladder.opened("turn");
    expect(at(1_400)).toEqual(["use turn", "leave relay: not-needed", "leave mjpeg: not-needed"]);
    ladder.pictured();
    expect(ladder.dueAtMs()).toBe(1_000 + STEP_LIMITS_MS.direct);
    ladder.opened("direct");
    expect(at(9_000)).toEqual(["use direct"]);
  });

  it("takes the best of two that open together", () => {
    const { ladder, at, until } = admitted();
    until(1_500);
    ladder.opened("turn");
    ladder.opened("direct");
    expect(at(1_400).filter((effect) => effect.startsWith("use"))).toEqual(["use direct"]);
  });

  it("goes on looking for a while after the bridge is crossed, and for a direct connection three times more", () => {
    const { ladder, until } = admitted();
    until(1_500);
    ladder.opened("relay");
    const limitMs = STEP_LIMITS_MS.direct;
    const inVainMs = 1_000 + limitMs;
    const againMs = [inVainMs + 30_000, inVainMs + 150_000 + limitMs, inVainMs + 450_000 + 2 * limitMs];
    expect(until(3_600_000)).toEqual([
      "1500 use relay",
      "1500 leave mjpeg: not-needed",
      `${inVainMs} stop direct: time-is-up`,
      `${1_250 + STEP_LIMITS_MS.turn} stop turn: time-is-up`,
      ...againMs.flatMap((ms) => [`${ms} start direct`, `${ms + limitMs} stop direct: time-is-up`]),
    ]);
    expect(ladder.isExhausted).toBe(false);
    expect(ladder.dueAtMs()).toBeUndefined();
  });

  it("moves from the bridge to a direct connection that opens the second time", () => {
    const { ladder, at, until } = onTheRelay();
    expect(until(44_000)).toEqual(["43000 start direct"]);
    ladder.opened("direct");
    expect(at(44_100)).toEqual(["use direct"]);
    expect(ladder.dueAtMs()).toBeUndefined();
  });

  it("does not try again what somebody has said no to, nor what fails before anything else is used", () => {
    const refused = admitted();
    refused.until(1_400);
    refused.ladder.opened("relay");
    refused.ladder.failed("direct", "refused");
    expect(refused.until(600_000).filter((effect) => effect.endsWith("start direct"))).toEqual([]);
    const nothingElse = admitted({ server: { relay: false, mjpeg: false } }, "no turn");
    expect(nothingElse.until(600_000)).toEqual([`${1_000 + STEP_LIMITS_MS.direct} stop direct: time-is-up`]);
    expect(nothingElse.ladder.isExhausted).toBe(true);
  });

  it("does not try it again when nobody can be asked any more, or the way that was used is gone", () => {
    for (const ending of ["signaling", "relay"] as const) {
      const { ladder, until } = onTheRelay();
      if (ending === "signaling") ladder.restNoMore();
      else ladder.failed("relay", "closed");
      expect(until(600_000)).toEqual([]);
      expect(ladder.dueAtMs()).toBeUndefined();
    }
  });

  it("does not try it again either when nobody can be asked any more while it is still being tried", () => {
    const { ladder, until } = bridged();
    until(2_000);
    ladder.restNoMore();
    expect(until(600_000).filter((effect) => effect.endsWith(" direct"))).toEqual([]);
  });

  it("tries it again when the bridge breaks while TURN is still being tried", () => {
    const { ladder, at, until } = bridged();
    until(2_500);
    ladder.failed("relay", "closed");
    ladder.opened("turn");
    expect(at(2_501)).toEqual(["use turn"]);
    expect(until(43_000)).toEqual(["13000 stop direct: time-is-up", "43000 start direct"]);
  });

  it("tries it again when the bridge is left for TURN", () => {
    const { ladder, until } = onTurn();
    until(20_000);
    ladder.failed("relay", "closed");
    expect(until(50_000)).toContain("43000 start direct");
  });

  it("tries it again also where it had failed before the bridge was there", () => {
    const { ladder, at, until } = admitted();
    over(ladder, "direct", "turn");
    at(1_001);
    at(1_002);
    ladder.opened("relay");
    at(1_100);
    expect(until(40_000)).toEqual(["31100 start direct"]);
  });

  it("does not give up, or try again, what broke after it was used: another link climbs another ladder", () => {
    const { ladder, at } = admitted();
    ladder.opened("direct");
    at(1_100);
    ladder.failed("direct", "closed");
    expect(at(1_200)).toEqual([]);
    expect(ladder.isExhausted).toBe(false);
  });
});

describe("the ladder, when ways come to nothing", () => {
  it("lets go of a bridge that breaks before it is crossed", () => {
    const { ladder, at, until } = admitted();
    at(1_450);
    ladder.opened("relay");
    ladder.failed("relay", "closed");
    expect(at(1_460)).toEqual(["stop relay: closed"]);
    expect(until(2_000)).toEqual([]);
  });

  it("asks for an unsealed picture only when the relay is over, and not before WebRTC had four seconds", () => {
    const { ladder, at, until } = admitted();
    until(2_000);
    over(ladder, "relay");
    expect(at(2_000)).toEqual(["stop relay: no-way-found"]);
    expect(until(6_000)).toEqual(["5000 start mjpeg"]);
    ladder.opened("mjpeg");
    expect(at(5_500)).toEqual(["use mjpeg"]);
    ladder.pictured();
    ladder.opened("direct");
    expect(at(5_600)).toEqual(["use direct", "leave turn: not-needed"]);
  });

  it("asks for it at once when everything better is over", () => {
    const { ladder, at, until } = admitted();
    until(1_500);
    over(ladder, "direct", "turn", "relay");
    expect(at(1_500).at(-1)).toBe("start mjpeg");
  });

  it("gives every way its limit from the moment it was tried, and what was tried before it from the admission", () => {
    const { until } = admitted();
    const [direct, turn, relay] = [
      1_000 + STEP_LIMITS_MS.direct,
      1_250 + STEP_LIMITS_MS.turn,
      1_250 + STEP_LIMITS_MS.relay,
    ];
    expect(until(120_000)).toEqual([
      "1250 start turn",
      "1250 start relay",
      `${relay} stop relay: time-is-up`,
      `${relay} start mjpeg`,
      `${direct} stop direct: time-is-up`,
      `${turn} stop turn: time-is-up`,
      `${relay + STEP_LIMITS_MS.mjpeg} stop mjpeg: time-is-up`,
    ]);
  });

  it("is exhausted when the last of them is over, and has nothing more to do then", () => {
    const { ladder, at, until } = admitted();
    until(1_500);
    over(ladder, "direct", "turn", "relay");
    at(1_500);
    expect(ladder.isExhausted).toBe(false);
    over(ladder, "mjpeg");
    at(1_301);
    expect(ladder.isExhausted).toBe(true);
    expect(ladder.dueAtMs()).toBeUndefined();
    ladder.opened("direct");
    expect(at(1_400)).toEqual([]);
  });
});

describe("the ladder and TURN servers", () => {
  it("leaves TURN out where there is none", () => {
    const { first, until } = admitted({}, "no turn");
    expect(first).toEqual(["leave turn: no-turn-server"]);
    expect(until(1_500)).toEqual(["1250 start relay"]);
  });

  it("waits three seconds to hear of one, and tries it later than the rest when it hears late", () => {
    const silent = admitted({}, "not said");
    expect(silent.until(4_500)).toEqual(["1250 start relay", "4000 leave turn: no-turn-server"]);
    const late = admitted({}, "not said");
    late.until(2_000);
    late.ladder.iceSaid("all", true);
    expect(late.at(2_000)).toEqual(["start turn"]);
  });

  it("tries nothing but TURN, beside what needs no WebRTC, where the host permits WebRTC only that", () => {
    const { ladder, at, until } = admitted({}, "not said");
    ladder.iceSaid("relay", true);
    expect(at(1_010)).toEqual(["leave direct: host-has-it-off", "start turn"]);
    expect(until(2_000)).toEqual(["1250 start relay"]);
    ladder.opened("turn");
    expect(at(2_000)[0]).toBe("use turn");
  });
});

describe("the ladder in a hurry", () => {
  it("tries every sealed way at once, and uses what opens first", () => {
    const { ladder, at, first } = admitted({ hurry: true });
    expect(first).toEqual(["start turn", "start relay"]);
    ladder.opened("relay");
    expect(at(1_010)).toEqual(["use relay", "leave mjpeg: not-needed"]);
    ladder.pictured();
    ladder.opened("direct");
    expect(at(1_020)).toEqual(["use direct", "leave turn: not-needed"]);
  });

  it("is in no hurry to ask for an unsealed picture, which may cost the person at the host a question", () => {
    const { ladder, at, until } = admitted({ hurry: true });
    over(ladder, "relay");
    at(1_010);
    expect(until(6_000)).toEqual(["5000 start mjpeg"]);
  });
});

describe("the ladder, when somebody holds to one rung", () => {
  it.each(["direct", "turn", "relay", "mjpeg"] as const)("tries path=%s and nothing else, at once", (path) => {
    const { ladder, at } = ladderWith({ path });
    const before = at(0);
    ladder.admitted("auto", 1_000, undefined);
    ladder.iceSaid("all", true);
    const after = at(1_000);
    expect([...before, ...after].filter((effect) => effect.startsWith("start"))).toEqual([`start ${path}`]);
    expect(before.filter((effect) => effect.endsWith(": forced-other"))).toHaveLength(3);
    ladder.opened(path);
    expect(at(1_500)).toEqual([`use ${path}`]);
  });

  it.each(["relay", "mjpeg"] as const)("asks the host for path=%s whatever the server says of itself", (path) => {
    const { ladder, at } = ladderWith({ path, server: { relay: false, mjpeg: false } });
    at(0);
    ladder.admitted("auto", 1_000, undefined);
    expect(at(1_000)).toEqual([`start ${path}`]);
    ladder.failed(path, "refused");
    at(1_100);
    expect(ladder.isExhausted).toBe(true);
  });

  it("follows the host that holds to one, when the page holds to none", () => {
    const { ladder, at } = ladderWith();
    at(0);
    ladder.admitted("relay", 1_000, undefined);
    expect(at(1_000)).toEqual([
      "leave direct: host-has-it-off",
      "leave turn: host-has-it-off",
      "leave mjpeg: host-has-it-off",
      "start relay",
    ]);
  });

  it("does not follow it from one forced rung to another: the host refuses that in words", () => {
    const { ladder, at } = ladderWith({ path: "direct" });
    at(0);
    ladder.admitted("relay", 1_000, undefined);
    expect(at(1_000)).toEqual([]);
    expect(ladder.isExhausted).toBe(false);
  });

  it("is exhausted at once where the forced rung needs WebRTC and there is none", () => {
    expect(ladderWith({ path: "direct", hasWebRtc: false }).ladder.isExhausted).toBe(true);
  });
});

describe("the ladder at a server that leaves rungs out", () => {
  it("tries no relay where there is none, and the unsealed picture in its place", () => {
    const { ladder, at, until } = ladderWith({ server: { relay: false, mjpeg: true } });
    expect(at(0)).toEqual(["leave relay: server-has-it-off", "start direct"]);
    ladder.admitted("auto", 1_000, undefined);
    ladder.iceSaid("all", false);
    expect(at(1_000)).toEqual(["leave turn: no-turn-server"]);
    expect(until(6_000)).toEqual(["5000 start mjpeg"]);
  });

  it("knows that only an unsealed picture can work, before anybody is asked", () => {
    const none = { relay: false, mjpeg: true };
    expect(ladderWith({ hasWebRtc: false, server: none }).ladder.onlyMjpeg).toBe(true);
    expect(ladderWith({ path: "mjpeg" }).ladder.onlyMjpeg).toBe(true);
    expect(ladderWith({ hasWebRtc: false }).ladder.onlyMjpeg).toBe(false);
    expect(ladderWith({ server: none }).ladder.onlyMjpeg).toBe(false);
  });

  it("has nothing to try without WebRTC, relay and MJPEG", () => {
    const { ladder } = ladderWith({ hasWebRtc: false, server: { relay: false, mjpeg: false } });
    expect(ladder.isExhausted).toBe(true);
  });
});
