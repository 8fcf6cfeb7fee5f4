import { describe, expect, it } from "vitest";
import { formatIceUrl, parseIceUrl } from "../../../../host-agent/transport/ice/ice-url.ts";

const read = (url: string) => {
  const { kind, carrier, host, port } = parseIceUrl(url) ?? {};
  return [kind, carrier, host, port];
};

describe("a server's URL", () => {
  it.each([
    ["stun:a.example", ["stun", "udp", "a.example", 3478]],
    ["stun:a.example:19302", ["stun", "udp", "a.example", 19_302]],
    ["turn:a.example", ["turn", "udp", "a.example", 3478]],
    ["TURN:a.example?transport=UDP", ["turn", "udp", "a.example", 3478]],
    ["turn:192.0.2.1:80?transport=tcp", ["turn", "tcp", "192.0.2.1", 80]],
    ["turns:a.example", ["turn", "tls", "a.example", 5349]],
    ["turns:a.example:443?transport=tcp", ["turn", "tls", "a.example", 443]],
    ["turn:[2001:db8::1]:3479", ["turn", "udp", "2001:db8::1", 3479]],
    ["stuns:a.example", ["stun", "tls", "a.example", 5349]],
  ])("%s is taken apart", (url, parts) => {
    expect(read(url)).toEqual(parts);
  });

  it.each([
    "http://a.example",
    "turn:",
    "turn:a.example:0",
    "turn:a.example:65536",
    "turn:a.example:x",
    "turn:user@a.example",
    "turn://a.example",
    "turn:2001:db8::1",
    "turn:[a.example]",
    "turn:a.example?transport=sctp",
    "turns:a.example?transport=udp",
    "turn:a.example#x",
  ])("%s is none", (url) => {
    expect(parseIceUrl(url)).toBeUndefined();
  });

  it.each([
    ["stun:a.example", "192.0.2.1", "stun:192.0.2.1:3478"],
    ["turn:a.example", "192.0.2.1", "turn:192.0.2.1:3478?transport=udp"],
    ["turn:a.example:80?transport=tcp", "2001:db8::1", "turn:[2001:db8::1]:80?transport=tcp"],
    ["turns:a.example", "192.0.2.1", "turns:192.0.2.1:5349?transport=tcp"],
  ])("%s at %s is %s", (url, address, expected) => {
    const server = parseIceUrl(url);
    expect(server && formatIceUrl(server, address)).toBe(expected);
    expect(read(expected).slice(0, 2)).toEqual(read(url).slice(0, 2));
  });
});
