import { hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SessionKeys } from "../../../protocol/crypto/keys.ts";

const sid = new Uint8Array(16).fill(7);
const isk = new Uint8Array(64).fill(9);
const transcript = new Uint8Array(32).fill(3);

/** The same derivation by OpenSSL. */
const byNode = (label: string, more = new Uint8Array()) =>
  new Uint8Array(hkdfSync("sha512", isk, sid, Buffer.concat([Buffer.from(label), more]), 32));

describe("the keys of a session", () => {
  it("are what HKDF-SHA512 gives for their labels", () => {
    const keys = new SessionKeys(sid, isk);
    expect(keys.signals("v2h")).toEqual(byNode("deskbeam/1 sig v2h"));
    expect(keys.signals("h2v")).toEqual(byNode("deskbeam/1 sig h2v"));
    expect(keys.data("v2h", transcript)).toEqual(byNode("deskbeam/1 data v2h", transcript));
    expect(keys.data("h2v", transcript)).toEqual(byNode("deskbeam/1 data h2v", transcript));
    expect(keys.derive("bind")).toEqual(byNode("deskbeam/1 bind"));
    expect(keys.derive("resume")).toEqual(byNode("deskbeam/1 resume"));
    expect(keys.derive("sas")).toEqual(byNode("deskbeam/1 sas"));
  });

  it("are gone after wiping", () => {
    const keys = new SessionKeys(sid, isk);
    const before = keys.signals("v2h");
    keys.wipe();
    expect(keys.signals("v2h")).not.toEqual(before);
  });

  it("do not depend on the session key staying where it was", () => {
    const given = isk.slice();
    const keys = new SessionKeys(sid, given);
    given.fill(0);
    expect(keys.derive("bind")).toEqual(byNode("deskbeam/1 bind"));
  });
});
