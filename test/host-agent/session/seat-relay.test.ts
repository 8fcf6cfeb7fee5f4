import { describe, expect, it } from "vitest";
import { openWay, said, stageSeat, wordsOf } from "./seat-stage.ts";

describe("a seat whose viewer wants a relay", () => {
  it("tells where and with what ticket, and is live when the viewer uses the pipe that both ends have proved", async () => {
    const stage = stageSeat();
    const viewer = stage.arrive();
    const relay = await openWay(stage, viewer, 2, "relay");
    expect(wordsOf(viewer, "relay")).toEqual([{ kind: "relay", attempt: 2, ...stage.relays[0]?.invitation }]);
    expect([stage.told, relay.heard]).toEqual([[], []]);
    await relay.use();
    expect(stage.told).toEqual(["live relay"]);
  });

  it("makes one pipe of each attempt, so that no key seals under a nonce twice", async () => {
    const { relays, arrive } = stageSeat();
    const viewer = arrive();
    for (const attempt of [2, 2]) viewer.say({ kind: "want-relay", attempt });
    await said();
    expect(wordsOf(viewer, "relay").map(({ attempt }) => attempt)).toEqual([2]);
    for (const attempt of [3, 2, 3]) viewer.say({ kind: "want-relay", attempt });
    await said();
    expect(wordsOf(viewer, "relay").map(({ attempt }) => attempt)).toEqual([2, 3]);
    // The first was never used, and is not kept.
    expect(relays.map(({ near }) => near.state)).toEqual(["closed", "opening"]);
  });

  it("counts anew in a new meeting, which has new keys", async () => {
    const { arrive } = stageSeat();
    arrive().say({ kind: "want-relay", attempt: 2 });
    const again = arrive();
    again.say({ kind: "want-relay", attempt: 2 });
    await said();
    expect(wordsOf(again, "relay").length).toBe(1);
  });

  it("says so when the server has none", async () => {
    const { told, arrive } = stageSeat({ relayOffered: false });
    const viewer = arrive();
    viewer.say({ kind: "want-relay", attempt: 2 });
    await said();
    expect(wordsOf(viewer, "relay")).toEqual([{ kind: "relay", attempt: 2, url: "", ticket: "" }]);
    expect(told).toEqual([]);
  });

  it("leaves none behind when the viewer is sent away meanwhile", async () => {
    const { seat, told, relays, arrive, holdPublishing } = stageSeat();
    const publish = holdPublishing();
    arrive().say({ kind: "want-relay", attempt: 2 });
    seat.end("kicked");
    publish();
    await said();
    expect(relays.map(({ near }) => near.state)).toEqual(["closed"]);
    expect(told).toEqual(["gone kicked"]);
  });

  it("closes one that nobody has joined when the viewer is sent away", async () => {
    const { seat, relays, arrive } = stageSeat();
    arrive().say({ kind: "want-relay", attempt: 2 });
    await said();
    seat.end("kicked");
    expect(relays.map(({ near }) => near.state)).toEqual(["closed"]);
  });

  it("keeps the seat when the relay breaks that its viewer moved to", async () => {
    const stage = stageSeat();
    const viewer = stage.arrive();
    for (const attempt of [2, 3]) await (await openWay(stage, viewer, attempt, "relay")).use();
    expect(stage.told).toEqual(["live relay", "live relay"]);
    stage.relays[1]?.far.close();
    await said();
    expect(stage.told).toEqual(["live relay", "live relay", "away"]);
    expect(stage.seat.isGone).toBe(false);
  });
});
