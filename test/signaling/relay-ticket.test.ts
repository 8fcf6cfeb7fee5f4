import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RELAY_TICKET_PATTERN } from "../../protocol/signaling.ts";
import { issueTickets, readTicket, TICKET_LIFE_MS } from "../../signaling/relay-ticket.ts";

const SECRET = "a-secret-of-server-and-relay";
const NOW = 1_800_000_000_000;

describe("a pair of tickets", () => {
  it("is for the two ends of one relay, of the room it was made for", () => {
    const { host, viewer } = issueTickets(SECRET, "7316", NOW);
    const [atHost, atViewer] = [readTicket(SECRET, host, NOW), readTicket(SECRET, viewer, NOW)];
    expect(atHost).toEqual({ side: "host", room: "7316", relay: expect.stringMatching(/^[\w-]{22}$/) });
    expect(atViewer).toEqual({ ...(typeof atHost === "object" && atHost), side: "viewer" });
  });

  it("is of a relay that nobody has had before", () => {
    const relays = Array.from({ length: 1_000 }, () => issueTickets(SECRET, "7316", NOW).host.split(".")[1]);
    expect(new Set(relays).size).toBe(1_000);
  });

  it("looks as it is written down, so that another program could make it", () => {
    const { viewer } = issueTickets(SECRET, "7316", NOW);
    const [side, relay, room, expires, mac] = viewer.split(".");
    expect([side, room, expires]).toEqual(["v", "7316", "1800000060"]);
    const hmac = createHmac("sha256", SECRET).update(`deskbeam relay ticket 1: v.${relay}.7316.1800000060`);
    expect(mac).toBe(hmac.digest("base64url"));
    expect(viewer).toMatch(RELAY_TICKET_PATTERN);
    expect(issueTickets(SECRET, "999999", NOW).host).toMatch(RELAY_TICKET_PATTERN);
  });
});

describe("a ticket", () => {
  const { viewer } = issueTickets(SECRET, "7316", NOW);

  it("is good for a minute, and for nobody whose clock is more than half a minute behind", () => {
    const at = (ms: number) => typeof readTicket(SECRET, viewer, NOW + ms);
    expect([at(0), at(59_999), at(-30_000)]).toEqual(["object", "object", "object"]);
    expect(readTicket(SECRET, viewer, NOW + 60_000)).toBe("untimely");
    expect(readTicket(SECRET, viewer, NOW - 30_001)).toBe("untimely");
  });

  it("is good for no longer than is remembered who came", () => {
    const good = (ms: number) => typeof readTicket(SECRET, viewer, NOW + ms) === "object";
    const goodFor = Array.from({ length: 300 }, (_, second) => (second - 150) * 1_000).filter(good);
    expect((goodFor.at(-1) ?? 0) - (goodFor[0] ?? 0)).toBeLessThan(TICKET_LIFE_MS);
  });

  it("of another secret is none, even of one that differs in a letter", () => {
    expect(readTicket("a-secret-of-server-and-relaz", viewer, NOW)).toBe("bad-ticket");
    expect(readTicket("", viewer, NOW)).toBe("bad-ticket");
  });

  it("of another purpose is none", () => {
    const body = viewer.slice(0, viewer.lastIndexOf("."));
    const mac = createHmac("sha256", SECRET).update(body).digest("base64url");
    expect(readTicket(SECRET, `${body}.${mac}`, NOW)).toBe("bad-ticket");
  });

  it("is none when any letter of it is another, missing or one more", () => {
    for (let at = 0; at < viewer.length; at += 1) {
      for (const letter of ["A", "B", "h", "0", ".", ""]) {
        const changed = viewer.slice(0, at) + letter + viewer.slice(at + 1);
        if (changed !== viewer) expect(readTicket(SECRET, changed, NOW), changed).toBe("bad-ticket");
      }
      expect(readTicket(SECRET, `${viewer.slice(0, at)}A${viewer.slice(at)}`, NOW)).toBe("bad-ticket");
    }
    expect(readTicket(SECRET, `${viewer}\n`, NOW)).toBe("bad-ticket");
  });

  it("is nothing that anybody makes up", () => {
    const mac = createHmac("sha256", SECRET).update("deskbeam relay ticket 1: ").digest("base64url");
    for (const text of ["", ".", mac, `.${mac}`, `....${mac}`])
      expect(readTicket(SECRET, text, NOW)).toBe("bad-ticket");
    fc.assert(
      fc.property(fc.string({ maxLength: 140 }), (text) => {
        expect(readTicket(SECRET, text, NOW)).toBe("bad-ticket");
      }),
    );
  });
});
