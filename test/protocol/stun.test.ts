import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodeAllocateRequest,
  encodeBindingRequest,
  encodeBindingSuccess,
  encodeError,
  readStun,
  stunMessageBytes,
} from "../../protocol/stun.ts";
import { ascii, bytes, HOSTILE_RUNS, hostileBytes, u16, u32 } from "./hostile-bytes.ts";

const transactionId = Uint8Array.from({ length: 12 }, (_, at) => 0xa0 + at);
const header = (type: number, length: number, id: Iterable<number> = transactionId) => [
  ...u16(type),
  ...u16(length),
  ...u32(0x2112a442), // magic cookie
  ...id,
];
/** The transaction id of all vectors in RFC 5769. */
const RFC_5769_ID = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];

const bindingRequest = bytes(...header(0x0001, 0));
const allocateRequest = bytes(
  ...header(0x0003, 8),
  ...[0x00, 0x19, 0x00, 0x04], // REQUESTED-TRANSPORT
  ...[17, 0, 0, 0], // UDP
);
const successIpv4 = bytes(
  ...header(0x0101, 12),
  ...[0x00, 0x20, 0x00, 0x08], // XOR-MAPPED-ADDRESS
  ...[0, 1], // IPv4
  ...u16(4660 ^ 0x2112),
  ...[127 ^ 0x21, 0 ^ 0x12, 0 ^ 0xa4, 1 ^ 0x42],
);
const unknownAttribute = bytes(
  ...header(0x0111, 16),
  ...[0x00, 0x09, 0x00, 0x04], // ERROR-CODE
  ...[0, 0, 4, 20],
  ...[0x00, 0x0a, 0x00, 0x02], // UNKNOWN-ATTRIBUTES
  ...[0x00, 0x03], // CHANGE-REQUEST
  ...[0, 0], // padding
);

describe("what is asked and answered", () => {
  it("is these bytes", () => {
    expect(encodeBindingRequest(transactionId)).toEqual(bindingRequest);
    expect(encodeAllocateRequest(transactionId)).toEqual(allocateRequest);
    expect(encodeBindingSuccess(transactionId, { family: 4, address: "127.0.0.1", port: 4660 })).toEqual(successIpv4);
    expect(encodeError({ method: "binding", transactionId }, 420, [0x0003])).toEqual(unknownAttribute);
  });

  it("is read as what it says", () => {
    const common = { transactionId, unknown: [] };
    expect(readStun(bindingRequest)).toEqual({ ...common, method: "binding", class: "request" });
    expect(readStun(allocateRequest)).toEqual({ ...common, method: "allocate", class: "request" });
    const mapped = { family: 4, address: "127.0.0.1", port: 4660 };
    expect(readStun(successIpv4)).toEqual({ ...common, method: "binding", class: "success", mapped });
    expect(readStun(unknownAttribute)).toEqual({ ...common, method: "binding", class: "error", errorCode: 420 });
    const unauthorized = readStun(encodeError({ method: "allocate", transactionId }, 401));
    expect(unauthorized).toEqual({ ...common, method: "allocate", class: "error", errorCode: 401 });
  });

  it("carries every address there and back", () => {
    const port = fc.nat(0xffff);
    const ipv4 = fc.record({ family: fc.constant(4 as const), address: fc.ipV4(), port });
    const group = fc.integer({ min: 1, max: 0xffff }).map((number) => number.toString(16));
    const address = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(":"));
    const ipv6 = fc.record({ family: fc.constant(6 as const), address, port });
    const id = fc.uint8Array({ minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), id, (mapped, id) => {
        expect(readStun(encodeBindingSuccess(id, mapped))).toMatchObject({ mapped, transactionId: id });
      }),
    );
  });

  it("is never written wrong: that would be a bug of the caller", () => {
    expect(() => encodeBindingRequest(new Uint8Array(16))).toThrow(RangeError);
    expect(() => encodeBindingSuccess(transactionId, { family: 6, address: "127.0.0.1", port: 1 })).toThrow(RangeError);
    expect(() => encodeBindingSuccess(transactionId, { family: 4, address: "localhost", port: 1 })).toThrow(RangeError);
    expect(() => encodeError({ method: "binding", transactionId }, 200)).toThrow(RangeError);
  });
});

describe("the vectors of RFC 5769", () => {
  const SOFTWARE = [0x80, 0x22, 0x00, 0x0b, ...ascii("test vector"), 0x20];
  const integrity = (...hmac: number[]) => [0x00, 0x08, 0x00, 0x14, ...hmac];
  const fingerprint = (...crc: number[]) => [0x80, 0x28, 0x00, 0x04, ...crc];

  it("2.1: a request of ICE names two attributes that a plain STUN server does not understand", () => {
    const request = bytes(
      ...header(0x0001, 0x58, RFC_5769_ID),
      ...[0x80, 0x22, 0x00, 0x10, ...ascii("STUN test client")], // SOFTWARE
      ...[0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff], // PRIORITY
      ...[0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36], // ICE-CONTROLLED
      ...[0x00, 0x06, 0x00, 0x09, ...ascii("evtj:h6vY"), 0x20, 0x20, 0x20], // USERNAME
      ...integrity(0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e),
      ...[0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2],
      ...fingerprint(0xe5, 0x7a, 0x3b, 0xcf),
    );
    expect(readStun(request)).toEqual({
      method: "binding",
      class: "request",
      transactionId: Uint8Array.from(RFC_5769_ID),
      unknown: [0x0024],
    });
  });

  it("2.2: an answer to IPv4", () => {
    const answer = bytes(
      ...header(0x0101, 0x3c, RFC_5769_ID),
      ...SOFTWARE,
      ...[0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43], // XOR-MAPPED-ADDRESS
      ...integrity(0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74),
      ...[0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7],
      ...fingerprint(0xc0, 0x7d, 0x4c, 0x96),
    );
    const mapped = { family: 4, address: "192.0.2.1", port: 32_853 };
    expect(readStun(answer)).toMatchObject({ method: "binding", class: "success", mapped, unknown: [] });
  });

  it("2.3: an answer to IPv6, whose address ours writes the same", () => {
    const address = [0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9];
    const xorMapped = [0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, ...address];
    const answer = bytes(
      ...header(0x0101, 0x48, RFC_5769_ID),
      ...SOFTWARE,
      ...xorMapped,
      ...integrity(0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84),
      ...[0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75, 0xbf, 0xe3, 0xed, 0x41],
      ...fingerprint(0xc8, 0xfb, 0x0b, 0x4c),
    );
    const mapped = { family: 6, address: "2001:db8:1234:5678:11:2233:4455:6677", port: 32_853 } as const;
    expect(readStun(answer)).toMatchObject({ class: "success", mapped });
    const ours = encodeBindingSuccess(Uint8Array.from(RFC_5769_ID), mapped);
    expect(ours).toEqual(bytes(...header(0x0101, 0x18, RFC_5769_ID), ...xorMapped));
  });
});

describe("what is not for us", () => {
  const withAttribute = (...attribute: number[]) => bytes(...header(0x0101, attribute.length), ...attribute);

  it.each([
    ["nothing", bytes()],
    ["a message without the magic cookie, as before RFC 5389", bytes(...u16(1), ...u16(0), ...Array(16).fill(7))],
    ["another method", bytes(...header(0x0004, 0))],
    ["channel data of TURN", bytes(...header(0x4001, 0))],
    ["a length that is not a multiple of four", bytes(...header(0x0001, 3), 1, 2, 3)],
    ["an attribute that is longer than the message", withAttribute(0x80, 0x22, 0x00, 0x08, 1, 2, 3, 4)],
    ["an attribute without its padding", withAttribute(0x80, 0x22, 0xff, 0xff)],
    ["an address of an unknown family", withAttribute(0x00, 0x01, 0x00, 0x08, 0, 3, 0, 1, 1, 2, 3, 4)],
    ["an IPv6 address with four bytes", withAttribute(0x00, 0x20, 0x00, 0x08, 0, 2, 0, 1, 1, 2, 3, 4)],
    ["an error that is none", withAttribute(0x00, 0x09, 0x00, 0x04, 0, 0, 2, 0)],
    ["an error code that is cut short", withAttribute(0x00, 0x09, 0x00, 0x02, 0, 0, 0, 0)],
  ])("is %s", (_, message) => {
    expect(readStun(message)).toBeUndefined();
  });

  it("is every shorter and every longer message", () => {
    for (const message of [bindingRequest, allocateRequest, successIpv4, unknownAttribute]) {
      for (let length = 0; length < message.length; length += 1) {
        expect(readStun(message.subarray(0, length))).toBeUndefined();
      }
      expect(readStun(bytes(...message, 0, 0, 0, 0))).toBeUndefined();
    }
  });

  it("is whatever anybody sends: it is read or not, and nothing is thrown", () => {
    let read = 0;
    fc.assert(
      fc.property(hostileBytes([bindingRequest, allocateRequest, successIpv4, unknownAttribute]), (message) => {
        if (readStun(message) !== undefined) read += 1;
      }),
      { numRuns: HOSTILE_RUNS },
    );
    // Without any the generator would not reach past the first check.
    expect(read).toBeGreaterThan(0);
  });
});

describe("one message after the other, over TCP", () => {
  it("are told apart by the length in the first four bytes", () => {
    expect(stunMessageBytes(bytes(...successIpv4, ...bindingRequest))).toBe(successIpv4.length);
    expect(stunMessageBytes(bindingRequest.subarray(0, 4))).toBe(20);
    expect(stunMessageBytes(bindingRequest.subarray(0, 3))).toBeUndefined();
    expect(stunMessageBytes(bytes(...ascii("HTTP/1.1 400")))).toBeUndefined();
  });
});
