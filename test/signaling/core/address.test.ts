import { describe, expect, it } from "vitest";
import { clientAddress, limitKey } from "../../../signaling/core/address.ts";

describe("what an address is counted as", () => {
  it("is the address itself for IPv4, also when it came over an IPv6 socket", () => {
    expect(limitKey("192.0.2.7")).toBe("192.0.2.7");
    expect(limitKey("::ffff:192.0.2.7")).toBe("192.0.2.7");
  });

  it("is the /64 for IPv6, however it is written", () => {
    const same = ["2001:db8:0:1:aaaa:bbbb:cccc:dddd", "2001:0DB8:0:1::1", "2001:db8:0:1::", "2001:db8:0:1::5%eth0"];
    expect(new Set(same.map(limitKey))).toEqual(new Set(["2001:db8:0:1::/64"]));
    expect(limitKey("2001:db8::1")).toBe("2001:db8:0:0::/64");
    expect(limitKey("::1")).toBe("0:0:0:0::/64");
    expect(limitKey("2001:db8:0:2::1")).not.toBe(limitKey("2001:db8:0:1::1"));
  });
});

describe("where a request came from", () => {
  it("is the connection's own address, whatever the header claims", () => {
    expect(clientAddress("::ffff:192.0.2.7", "203.0.113.9", false)).toBe("192.0.2.7");
  });

  it("is what the trusted proxy wrote, not what the client put before it", () => {
    expect(clientAddress("127.0.0.1", "198.51.100.1, 203.0.113.9", true)).toBe("203.0.113.9");
    expect(clientAddress("127.0.0.1", undefined, true)).toBe("127.0.0.1");
  });
});
