import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { nodeAead } from "../../host-agent/aead/node.ts";
import { ByteReader, ByteWriter } from "../../protocol/bytes.ts";
import { transcriptHash } from "../../protocol/crypto/transcript.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { decodeHandshake } from "../../protocol/handshake-message.ts";
import { proofSecret } from "../../protocol/room-code.ts";
import { PROTOCOL_VERSION } from "../../protocol/version.ts";
import { type Accomplice, askForSeat, comeIn } from "../support/accomplice.ts";
import * as lies from "../support/lies.ts";
import { type Lie, LyingServer, type Passing } from "../support/lying-server.ts";
import { installNodeBrowser, type NodeBrowser } from "../support/node-browser.ts";
import { parallel } from "../support/parallel.ts";
import { type SharedHost, shareHost } from "../support/shared-host.ts";
import { codeProof, linkProof, visit } from "../support/visitor.ts";

/*
 * G3: a viewer that was let in gives its code, its link, its resume secret and its keys to a lying server, to get at the
 * next viewer of the same host. Each attack is on a viewer of its own.
 */
const DESKS = 10;
const ROUNDS = 3;

let server: LyingServer;
let browser: NodeBrowser;
beforeAll(async () => {
  browser = installNodeBrowser();
  server = await LyingServer.start();
});
afterAll(async () => {
  browser.restore();
  await server.close();
});

type Helper = Accomplice & { readonly code: Uint8Array; readonly link: Uint8Array; readonly said: readonly Passing[] };
type Desk = { readonly host: SharedHost; readonly helper: Helper };

async function openDesk(): Promise<Desk> {
  const host = await shareHost(server.url, { approve: "control" });
  onTestFinished(() => host.stop());
  const said: Passing[] = [];
  server.lie(host.room, lies.overheard(said));
  const code = proofSecret({ kind: "code", room: host.room, secretDigits: host.code() });
  const link = host.link();
  return { host, helper: { ...(await comeIn(server.url, host.room, linkProof(link))), code, link, said } };
}

/** What the helper's knowledge can be used for against whoever comes next. */
function attacksOf({ host: { room }, helper }: Desk): readonly (readonly [string, Lie])[] {
  const secrets = { code: helper.code, link: helper.link, resume: helper.resumeSecret };
  const sealed: lies.Spot[] = [
    { to: "viewer", nth: 3 },
    { to: "viewer", nth: 4 },
    { to: "viewer", nth: 5 },
    { to: "host", nth: 2 },
  ];
  const spots: lies.Spot[] = [0, 1, 2, 3].map((nth) => ({ to: "viewer", nth }));
  const own = ({ to, nth }: lies.Spot) => helper.said.find((one) => one.to === to && one.nth === nth)?.data;
  return [
    ...Object.entries(secrets).map(
      ([name, secret]) => [`plays the host with the ${name}`, lies.impersonated(room, secret)] as const,
    ),
    ...(["code", "link"] as const).map(
      (mode) => [`takes the viewer's place with the ${mode}`, lies.displaced(room, mode, secrets[mode])] as const,
    ),
    ...sealed.flatMap((spot) =>
      [0, 1, 2, 3, 4].map(
        (which) =>
          [
            `seals with its own keys ${which}`,
            lies.forged(spot, lies.temptation(spot.to, which), helper.proven.keys),
          ] as const,
      ),
    ),
    ...spots.map(
      (spot) =>
        [`says what the host said to it, ${spot.nth}`, lies.changed(spot, (data) => own(spot) ?? data)] as const,
    ),
    ...([0, 1, 2] as const).map(
      (nth) =>
        [
          `says what it said to the host, ${nth}`,
          lies.changed({ to: "host", nth }, (data) => own({ to: "host", nth }) ?? data),
        ] as const,
    ),
  ];
}

/** Whether one of the helper's keys opens a box between the host and somebody else: nonce and header as they were. */
function opens({ proven }: Helper, { to, data }: Passing): boolean {
  const message = decodeHandshake(data);
  if (message.kind !== "sealed") return false;
  const reader = new ByteReader(message.box);
  const counter = reader.u32();
  const text = reader.rest();
  const th = transcriptHash(proven.transcript, { kind: "relay", epoch: 1 });
  const keys = (["v2h", "h2v"] as const).flatMap((way) => [proven.keys.signals(way), proven.keys.data(way, th)]);
  const nonce = new ByteWriter(12)
    .u8(to === "host" ? 1 : 2)
    .u16(0)
    .u8(0)
    .u32(0)
    .u32(counter)
    .finish();
  const beside = new ByteWriter(14).u8(PROTOCOL_VERSION).u8(0).u32(0).u32(0).u32(counter).finish();
  return keys.some((key) => {
    try {
      nodeAead(key).open(nonce, beside, text);
      return true;
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  });
}

describe("a viewer that helps the server", () => {
  it("gets no other viewer's session, seat or words in 1,000 attempts", { timeout: 240_000 }, async () => {
    let attempts = 0;
    const found = await parallel(Array.from({ length: DESKS }), DESKS, async () => {
      const desk = await openDesk();
      const { host, helper } = desk;
      // What shows that the attempts are real ones: with these keys the helper's own boxes open.
      const gained = helper.said.some((one) => opens(helper, one)) ? [] : ["the helper's keys open nothing at all"];
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [name, lie] of attacksOf(desk)) {
          attempts += 1;
          const knocks = host.eventsOf("knock").length;
          server.lie(host.room, lie);
          const visitor = visit(
            server.url,
            host.room,
            round % 2 === 0 ? linkProof(host.link()) : codeProof(host.code()),
          );
          await visitor.settled;
          if (visitor.open !== undefined) gained.push(`${name}: a session`);
          if (name.startsWith("takes") && host.eventsOf("knock").length > knocks) gained.push(`${name}: a prompt`);
          visitor.close();
        }
      }
      if (host.eventsOf("joined").length > 0) gained.push("the host has a session");
      // An honest visit, overheard.
      const overheard: Passing[] = [];
      server.lie(host.room, lies.overheard(overheard));
      const honest = visit(server.url, host.room, linkProof(host.link()));
      await honest.settled;
      if (honest.open === undefined) gained.push(`the honest visit failed: ${JSON.stringify(honest.failure)}`);
      const boxes = overheard.filter(({ data }) => decodeHandshake(data).kind === "sealed");
      if (boxes.length < 4) gained.push("nothing overheard");
      for (const box of boxes) {
        attempts += 1;
        if (opens(helper, box)) gained.push(`opened a box to the ${box.to}`);
      }
      server.lie(host.room, undefined);
      for (let count = 0; count < 30; count += 1) {
        attempts += 1;
        const verdict = await askForSeat(
          server.url,
          host.room,
          honest.resumeSecret ?? new Uint8Array(32),
          helper.resumeSecret,
        );
        if (verdict.kind !== "refused" || verdict.reason !== "wrong-code")
          gained.push(`another's seat: ${verdict.kind}`);
      }
      if (host.injector.injected.length > 0) gained.push("input");
      honest.close();
      return gained;
    });
    expect(found.flat()).toEqual([]);
    expect(attempts).toBeGreaterThanOrEqual(1_000);
  });
});
