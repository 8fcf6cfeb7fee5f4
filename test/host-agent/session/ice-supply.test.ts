import { describe, expect, it } from "vitest";
import { IceSupply, type IceSupplyOptions } from "../../../host-agent/session/ice-supply.ts";
import type { IceServer } from "../../../protocol/signaling.ts";

const STUN: IceServer = { urls: "stun:stun.example:3478" };
const turnFor = (whom: string): IceServer => ({
  urls: ["turn:turn.example:3478"],
  username: `1:${whom}`,
  credential: "secret",
});

/** A supply whose server hands out one TURN server, and who was asked what. */
function supply(options: Partial<IceSupplyOptions> = {}) {
  const asked: string[] = [];
  const probed: (readonly IceServer[])[] = [];
  const clock = { nowMs: 0 };
  const ice = new IceSupply({
    own: [],
    policy: "all",
    serverHost: "desk.example",
    askServer: async (viewer) => {
      asked.push(viewer);
      return { stunPort: 3478, host: [turnFor("host")], viewer: [turnFor(viewer)] };
    },
    probe: async (servers) => {
      probed.push(servers);
      const turn = servers.find(({ credential }) => credential !== undefined);
      return {
        stunUrl: "stun:192.0.2.1:3478",
        turn: turn && { url: "turn:192.0.2.2:3478", serverName: undefined, username: "1:host", credential: "secret" },
      };
    },
    addresses: async () => ["192.0.2.7"],
    nowMs: () => clock.nowMs,
    ...options,
  });
  return { ice, asked, probed, clock };
}

describe("the ICE servers of a pair", () => {
  it("come from the server, each end with a password of its own, asked for once", async () => {
    const { ice, asked } = supply();
    expect(await ice.forViewer("ada")).toEqual({ policy: "all", servers: [turnFor("ada")] });
    expect(await ice.settingsFor("turn", "ada")).toMatchObject({ path: "turn", turn: { username: "1:host" } });
    expect(asked).toEqual(["ada"]);
  });

  it("are asked for anew once their passwords may be near their end", async () => {
    const { ice, asked, clock } = supply();
    await ice.forViewer("ada");
    clock.nowMs = 61_000;
    await ice.forViewer("ada");
    expect(asked).toEqual(["ada", "ada"]);
  });

  it("are asked for again when the server did not say them, and by two at once only once", async () => {
    const answers = [undefined, { stunPort: undefined, host: [turnFor("host")], viewer: [turnFor("ada")] }];
    const asked: string[] = [];
    const { ice } = supply({
      askServer: async (viewer) => {
        asked.push(viewer);
        return answers.shift();
      },
    });
    const [direct] = await Promise.all([ice.settingsFor("direct", "ada"), ice.forViewer("ada")]);
    expect(direct).toMatchObject({ path: "direct" });
    expect(asked).toEqual(["ada"]);
    expect(await ice.forViewer("ada")).toEqual({ policy: "all", servers: [turnFor("ada")] });
    expect(await ice.settingsFor("turn", "ada")).toMatchObject({ turn: { username: "1:host" } });
    expect(asked).toEqual(["ada", "ada"]);
  });

  it("are the host's own where it names some, and the server's STUN beside them", async () => {
    const { ice, probed } = supply({ own: [STUN, turnFor("both")] });
    expect(await ice.forViewer("ada")).toEqual({ policy: "all", servers: [STUN, turnFor("both")] });
    await ice.settingsFor("turn", "ada");
    expect(probed).toEqual([[{ urls: "stun:desk.example:3478" }, STUN, turnFor("both")]]);
  });

  it("do not keep a direct connection waiting for TURN", async () => {
    const { ice, probed } = supply();
    expect(await ice.settingsFor("direct", "ada")).toEqual({
      path: "direct",
      addresses: ["192.0.2.7"],
      stunUrl: "stun:192.0.2.1:3478",
      turn: undefined,
    });
    expect(probed).toEqual([[{ urls: ["stun:desk.example:3478"] }]]);
  });

  it("give a direct connection the STUN of an entry that has TURN beside it, and none of its credentials", async () => {
    const mixed = { urls: ["stun:mixed.example", "turn:mixed.example"], username: "anna", credential: "hush" };
    const { ice, probed } = supply({ own: [mixed] });
    ice.prepare(3478);
    await ice.settingsFor("direct", "ada");
    const stun = [{ urls: ["stun:desk.example:3478"] }, { urls: ["stun:mixed.example"] }];
    expect(probed).toEqual([stun, stun]);
  });

  it("show nobody an address with --ice-policy relay, and leave the direct way out", async () => {
    const { ice } = supply({ policy: "relay" });
    expect(await ice.settingsFor("direct", "ada")).toBeUndefined();
    expect(await ice.settingsFor("turn", "ada")).toMatchObject({ addresses: [], stunUrl: undefined });
    expect(await ice.forViewer("ada")).toMatchObject({ policy: "relay" });
  });

  it("are none when the server does not say in time, and nothing else stops", async () => {
    const { ice } = supply({ askServer: async () => undefined });
    expect(await ice.forViewer("ada")).toEqual({ policy: "all", servers: [] });
    expect(await ice.settingsFor("turn", "ada")).toMatchObject({ path: "turn", turn: undefined });
  });
});
