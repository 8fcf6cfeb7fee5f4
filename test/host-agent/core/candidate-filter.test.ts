import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKind } from "../../../host-agent/core/address-kind.ts";
import {
  CandidateFilter,
  MAX_CANDIDATES,
  withoutBase,
  withoutCandidates,
} from "../../../host-agent/core/candidate-filter.ts";

const filter = (loopback = false) => new CandidateFilter({ loopback });
const candidate = (address: string, port: number | string = 4711) =>
  `candidate:842163049 1 udp 1677729535 ${address} ${port} typ host`;

describe("a candidate of the viewer", () => {
  it.each([
    ["a home network", "192.168.1.7"],
    ["a VPN", "10.8.0.2"],
    ["the internet", "93.184.216.34"],
    ["documentation", "203.0.113.5"],
    ["a carrier's NAT", "100.64.0.9"],
    ["IPv6", "2a00:1450:4001:81b::200e"],
    ["a home network over IPv6", "fd12:3456:789a::1"],
  ])("in %s is tried", (_where, address) => {
    expect(filter().take(candidate(address))).toBe(candidate(address));
  });

  it.each([
    ["a name", "4b2a6f1e-3c3c-4a0f-9f6a-0a8f0b1c2d3e.local"],
    ["another name", "printer.example"],
    ["loopback", "127.0.0.1"],
    ["loopback, far up", "127.255.0.3"],
    ["loopback over IPv6", "::1"],
    ["loopback in disguise", "::ffff:127.0.0.1"],
    ["loopback in another disguise", "::127.0.0.1"],
    ["link-local", "169.254.169.254"],
    ["link-local over IPv6", "fe80::1"],
    ["link-local with a zone", "fe80::1%eth0"],
    ["a zone on something else", "2a00::1%lo"],
    ["unspecified", "0.0.0.0"],
    ["this network", "0.1.2.3"],
    ["unspecified over IPv6", "::"],
    ["multicast", "224.0.0.251"],
    ["multicast over IPv6", "ff02::fb"],
    ["broadcast", "255.255.255.255"],
    ["reserved", "240.0.0.1"],
    ["an octal form", "0177.0.0.1"],
    ["a number", "2130706433"],
    ["a short form", "127.1"],
  ])("that is %s is not tried", (_what, address) => {
    const judge = filter();
    expect(judge.take(candidate(address))).toBeUndefined();
    expect(judge).toMatchObject({ taken: 0, dropped: 1 });
  });

  it("may be loopback only where this machine offers loopback too", () => {
    expect(filter(true).take(candidate("127.0.0.1"))).toBe(candidate("127.0.0.1"));
    expect(filter(true).take(candidate("::1"))).toBe(candidate("::1"));
    expect(filter(true).take(candidate("::ffff:127.0.0.1"))).toBeUndefined();
  });

  it.each([0, 65_536, 99_999, "-1", "1e3", "80.5", ""])("at port %s is not tried", (port) => {
    expect(filter().take(candidate("192.0.2.7", port))).toBeUndefined();
  });

  it.each([
    ["TCP", "candidate:1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active"],
    ["a second component", "candidate:1 2 udp 1677729535 192.0.2.7 4711 typ host"],
    ["a type nobody sends", "candidate:1 1 udp 1677729535 192.0.2.7 4711 typ prflx"],
    ["no priority", "candidate:1 1 udp 0 192.0.2.7 4711 typ host"],
    ["a priority beyond 31 bits", "candidate:1 1 udp 2147483648 192.0.2.7 4711 typ host"],
    ["a foundation that is too long", `candidate:${"1".repeat(33)} 1 udp 1 192.0.2.7 4711 typ host`],
    ["no candidate at all", "a=candidate:1 1 udp 1 192.0.2.7 4711 typ host"],
    ["another line behind it", "candidate:1 1 udp 1 192.0.2.7 4711 typ host\r\na=ice-lite"],
    ["an end that is missing", "candidate:1 1 udp 1 192.0.2.7"],
  ])("with %s is not tried", (_what, text) => {
    expect(filter().take(text)).toBeUndefined();
  });

  it("loses what it says beyond that, and gets the one form of its address", () => {
    const text =
      "candidate:1 1 UDP 5 2A00:0:0:0:0:0:0:1 99 typ SRFLX raddr 10.0.0.1 rport 7 generation 5 ufrag x network-cost 50";
    expect(filter().take(text)).toBe("candidate:1 1 udp 5 2a00::1 99 typ srflx");
  });

  it("counts once, however often it is said and spelled", () => {
    const judge = filter();
    expect(judge.take(candidate("2a00::1"))).toBeDefined();
    expect(judge.take(candidate("2a00:0::1"))).toBeUndefined();
    expect(judge).toMatchObject({ taken: 1, dropped: 0 });
  });

  it("is one of 24 at most", () => {
    const judge = filter();
    const tried = Array.from({ length: 100 }, (_, index) => judge.take(candidate(`192.0.2.${index + 1}`)));
    expect(tried.filter((text) => text !== undefined)).toHaveLength(MAX_CANDIDATES);
    expect(judge).toMatchObject({ taken: 24, dropped: 76 });
  });

  it("whatever it is, comes out in the one form or not at all", () => {
    const form = /^candidate:[A-Za-z0-9+/]{1,32} 1 udp [0-9]+ [0-9a-f.:]+ [0-9]+ typ (host|srflx|relay)$/;
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom("1", "udp", "typ", "host", "10.0.0.1", "::1", "candidate:1", "9"),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const out = filter().take(words.join(" "));
        if (out !== undefined) expect(out).toMatch(form);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a candidate of ours", () => {
  it.each([
    [
      "candidate:1 1 udp 1 192.0.2.1 49160 typ relay raddr 10.1.2.3 rport 40000 generation 0",
      "candidate:1 1 udp 1 192.0.2.1 49160 typ relay raddr 0.0.0.0 rport 9 generation 0",
    ],
    [
      "candidate:1 1 udp 1 2001:db8::1 49160 typ relay raddr 10.1.2.3 rport 40000",
      "candidate:1 1 udp 1 2001:db8::1 49160 typ relay raddr :: rport 9",
    ],
    [
      "candidate:1 1 udp 1 10.1.2.3 40000 typ host generation 0",
      "candidate:1 1 udp 1 10.1.2.3 40000 typ host generation 0",
    ],
    ["", ""],
  ])("says nothing of the address behind it: %s", (found, said) => {
    expect(withoutBase(found)).toBe(said);
  });
});

describe("an offer", () => {
  const lines = [
    "v=0",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    `a=${candidate("192.0.2.7")}`,
    "a=ice-ufrag:abcd",
    "a=end-of-candidates",
    `a=${candidate("x.local")}`,
    "",
  ];

  it.each(["\r\n", "\n"])("gives its candidates away, and keeps neither them nor their end (%j)", (ending) => {
    const { sdp, candidates } = withoutCandidates(lines.join(ending));
    expect(candidates).toEqual([candidate("192.0.2.7"), candidate("x.local")]);
    expect(sdp).toBe([lines[0], lines[1], "a=ice-ufrag:abcd", ""].join("\r\n"));
  });

  it("keeps no candidate that is written in another way either", () => {
    const odd = ["a=Candidate:x", " a=candidate:x", "a = candidate:x", "a=candidate", "a=end-of-candidates:1"];
    expect(withoutCandidates(["v=0", ...odd].join("\r\n")).sdp).toBe("v=0");
  });
});

it("an address is for one machine, for this one, for this cable, or no address", () => {
  const kinds = [
    "10.0.0.1",
    "127.0.0.1",
    "169.254.1.1",
    "239.1.1.1",
    "fc00::1",
    "::1",
    "febf::1",
    "ff05::1",
    "a.example",
  ];
  expect(kinds.map(addressKind)).toEqual([
    ...["unicast", "loopback", "link-local", "none"],
    ...["unicast", "loopback", "link-local", "none"],
    undefined,
  ]);
});
