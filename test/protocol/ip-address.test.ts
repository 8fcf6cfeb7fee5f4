import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ipBytes, ipText } from "../../protocol/ip-address.ts";

describe("an address as bytes", () => {
  it.each([
    ["192.0.2.1", [192, 0, 2, 1]],
    ["::", Array(16).fill(0)],
    ["::1", [...Array(15).fill(0), 1]],
    ["fe80::1%eth0", [0xfe, 0x80, ...Array(13).fill(0), 1]],
    ["::FFFF:10.0.0.1", [...Array(10).fill(0), 0xff, 0xff, 10, 0, 0, 1]],
    [
      "2001:db8:1234:5678:11:2233:4455:6677",
      [0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, 0x78, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77],
    ],
  ])("%s", (text, expected) => {
    expect([...(ipBytes(text) ?? [])]).toEqual(expected);
  });

  it.each([
    ["256.0.0.1"],
    ["1.2.3"],
    ["1.2.3.4.5"],
    ["01.2.3.4"],
    ["1.2.3.4 "],
    ["localhost"],
    [""],
    [":"],
    [":::"],
    ["1::2::3"],
    ["1:2:3:4:5:6:7"],
    ["1:2:3:4:5:6:7:8:9"],
    ["1:2:3:4::5:6:7:8"],
    ["g::"],
    ["12345::"],
    ["1.2.3.4::"],
    ["::1.2.3"],
    ["[::1]"],
  ])("%s is none", (text) => {
    expect(ipBytes(text)).toBeUndefined();
  });
});

describe("an address as text", () => {
  it.each([
    ["0:0:0:0:0:0:0:0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["fe80:0:0:0:0:0:0:0", "fe80::"],
  ])("%s is written %s", (text, expected) => {
    expect(ipText(ipBytes(text) ?? new Uint8Array())).toBe(expected);
  });

  it("is read as the bytes it was written from", () => {
    const group = fc.constantFrom(0, 0, 1, 0xffff, 0x0a00);
    const address = fc
      .array(group, { minLength: 8, maxLength: 8 })
      .map((groups) => groups.flatMap((one) => [one >> 8, one & 0xff]));
    const either = fc.oneof(address, fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }));
    fc.assert(
      fc.property(either, (bytes) => {
        expect([...(ipBytes(ipText(Uint8Array.from(bytes))) ?? [])]).toEqual(bytes);
      }),
    );
  });
});
