import { ByteReader, ByteWriter } from "./bytes.ts";
import { ipBytes, ipText } from "./ip-address.ts";

/*
 * The part of STUN (RFC 8489) that finds out how the world sees a socket, and the first step of TURN (RFC 8656), which
 * finds out whether such a server is there at all: without credentials it answers 401.
 *
 * message     u16 type   00 and 14 bits, the method's with the class's between them: MMMMM C MMM C MMMM
 *             u16 length of the attributes in bytes, a multiple of 4
 *             u32 magic cookie 0x2112a442
 *             u8[12] transaction id, chosen by whoever asks and the same in the answer
 *             attributes
 * attribute   u16 type (below 0x8000: whoever does not understand it must not answer as if it did)
 *             u16 length of the value in bytes
 *             value, then padding to a multiple of 4
 *
 * REQUESTED-TRANSPORT 0x0019   u8 17 (UDP), u8[3] zero
 * ERROR-CODE          0x0009   u16 zero, u8 hundreds (3 to 6), u8 the rest (0 to 99), then a reason as text: ours has none
 * UNKNOWN-ATTRIBUTES  0x000a   u16 type, as often as there are
 * MAPPED-ADDRESS      0x0001   u8 zero, u8 family (1: IPv4, 2: IPv6), u16 port, address (4 or 16 bytes)
 * XOR-MAPPED-ADDRESS  0x0020   the same; port and address each XORed with the message from its magic cookie on, because
 *                              some routers rewrite whatever looks like an address of theirs
 */
export const TRANSACTION_ID_BYTES = 12;
export const STUN_PORT = 3478;

export type StunMethod = keyof typeof METHODS;
export type StunClass = keyof typeof CLASSES;

export type StunAddress = { readonly family: 4 | 6; readonly address: string; readonly port: number };

export type StunMessage = {
  readonly method: StunMethod;
  readonly class: StunClass;
  readonly transactionId: Uint8Array;
  /** Where the request came from, as the answering server saw it. */
  readonly mapped?: StunAddress;
  /** 300 to 699. */
  readonly errorCode?: number;
  /** Types of attributes that must be understood and that neither RFC 8489 nor this file knows. */
  readonly unknown: readonly number[];
};

const METHODS = { binding: 0x001, allocate: 0x003 } as const;
const CLASSES = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;
const COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const FAMILIES = { 4: 1, 6: 2 } as const;
const UDP = 17;

const MAPPED_ADDRESS = 0x0001;
const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
const REQUESTED_TRANSPORT = 0x0019;
const XOR_MAPPED_ADDRESS = 0x0020;
/** Of RFC 8489, and only about credentials, which nobody has to show here: USERNAME, MESSAGE-INTEGRITY, REALM, NONCE … */
const ABOUT_CREDENTIALS: readonly number[] = [0x0006, 0x0008, 0x0014, 0x0015, 0x001c, 0x001d, 0x001e];
const UNDERSTOOD: ReadonlySet<number> = new Set([
  ...[MAPPED_ADDRESS, ERROR_CODE, UNKNOWN_ATTRIBUTES, REQUESTED_TRANSPORT, XOR_MAPPED_ADDRESS],
  ...ABOUT_CREDENTIALS,
]);

type Attribute = { readonly type: number; readonly value: Uint8Array };

/** Asks: where do you see me? */
export function encodeBindingRequest(transactionId: Uint8Array): Uint8Array {
  return encode("binding", "request", transactionId, []);
}

/** Asks a TURN server for a relayed UDP address, without credentials: what is alive answers, usually 401. */
export function encodeAllocateRequest(transactionId: Uint8Array): Uint8Array {
  const value = Uint8Array.of(UDP, 0, 0, 0);
  return encode("allocate", "request", transactionId, [{ type: REQUESTED_TRANSPORT, value }]);
}

export function encodeBindingSuccess(transactionId: Uint8Array, mapped: StunAddress): Uint8Array {
  const value = addressValue(mapped, xorKey(transactionId));
  return encode("binding", "success", transactionId, [{ type: XOR_MAPPED_ADDRESS, value }]);
}

/** @param unknown with 420: the attributes that were not understood */
export function encodeError(
  request: Pick<StunMessage, "method" | "transactionId">,
  errorCode: number,
  unknown: readonly number[] = [],
): Uint8Array {
  if (!(errorCode >= 300 && errorCode < 700)) throw new RangeError(`${errorCode} is no error code`);
  const attributes: Attribute[] = [
    { type: ERROR_CODE, value: Uint8Array.of(0, 0, Math.floor(errorCode / 100), errorCode % 100) },
  ];
  if (unknown.length > 0) {
    const value = new ByteWriter(2 * unknown.length);
    for (const type of unknown) value.u16(type);
    attributes.push({ type: UNKNOWN_ATTRIBUTES, value: value.finish() });
  }
  return encode(request.method, "error", request.transactionId, attributes);
}

/**
 * How long the message is that begins here, in bytes: over TCP and TLS one simply follows the other.
 * @param beginning at least 4 bytes
 * @returns undefined when this is no STUN message
 */
export function stunMessageBytes(beginning: Uint8Array): number | undefined {
  if (beginning.length < 4) return undefined;
  const reader = new ByteReader(beginning);
  const type = reader.u16();
  const length = reader.u16();
  return type < 0x4000 && length % 4 === 0 ? HEADER_BYTES + length : undefined;
}

/**
 * Reads one whole message, such as a datagram holds.
 * @returns undefined for everything else; methods that are not ours and the form before the magic cookie (RFC 3489) too
 */
export function readStun(bytes: Uint8Array): StunMessage | undefined {
  if (bytes.length < HEADER_BYTES || stunMessageBytes(bytes) !== bytes.length) return undefined;
  const reader = new ByteReader(bytes);
  const kind = kindOf(reader.u16());
  reader.u16(); // the length, which fits
  if (kind === undefined || reader.u32() !== COOKIE) return undefined;
  const transactionId = reader.raw(TRANSACTION_ID_BYTES);
  const attributes = readAttributes(reader);
  if (attributes === undefined) return undefined;
  const unknown = attributes.map(({ type }) => type).filter((type) => type < 0x8000 && !UNDERSTOOD.has(type));

  const mappedValue = firstOf(attributes, XOR_MAPPED_ADDRESS) ?? firstOf(attributes, MAPPED_ADDRESS);
  const isXored = firstOf(attributes, XOR_MAPPED_ADDRESS) !== undefined;
  const mapped = mappedValue && readAddress(mappedValue, isXored ? xorKey(transactionId) : new Uint8Array(16));
  const errorValue = firstOf(attributes, ERROR_CODE);
  const errorCode = errorValue && readErrorCode(errorValue);
  if ((mappedValue && mapped === undefined) || (errorValue && errorCode === undefined)) return undefined;
  return { ...kind, transactionId, unknown, ...(mapped && { mapped }), ...(errorCode && { errorCode }) };
}

function encode(method: StunMethod, kind: StunClass, transactionId: Uint8Array, attributes: readonly Attribute[]) {
  if (transactionId.length !== TRANSACTION_ID_BYTES) throw new RangeError("a transaction id has 12 bytes");
  const body = new ByteWriter(32);
  for (const { type, value } of attributes) {
    body
      .u16(type)
      .u16(value.length)
      .raw(value)
      .raw(new Uint8Array(paddingOf(value.length)));
  }
  // The methods used here have four bits, which lie below the class's.
  const type = METHODS[method] | CLASSES[kind];
  return new ByteWriter(HEADER_BYTES + body.length)
    .u16(type)
    .u16(body.length)
    .u32(COOKIE)
    .raw(transactionId)
    .raw(body.finish())
    .finish();
}

const paddingOf = (length: number): number => (4 - (length % 4)) % 4;

const KINDS: ReadonlyMap<number, { readonly method: StunMethod; readonly class: StunClass }> = new Map(
  (["binding", "allocate"] as const).flatMap((method) =>
    (["request", "indication", "success", "error"] as const).map(
      (kind) => [METHODS[method] | CLASSES[kind], { method, class: kind }] as const,
    ),
  ),
);
const kindOf = (type: number) => KINDS.get(type);

function readAttributes(reader: ByteReader): Attribute[] | undefined {
  const attributes: Attribute[] = [];
  while (reader.remaining > 0) {
    // The message is a multiple of 4 long and so is every attribute: there is room for the four bytes that begin one.
    const type = reader.u16();
    const length = reader.u16();
    if (length + paddingOf(length) > reader.remaining) return undefined;
    attributes.push({ type, value: reader.raw(length) });
    reader.raw(paddingOf(length));
  }
  return attributes;
}

/** Of an attribute that stands there twice only the first counts. */
const firstOf = (attributes: readonly Attribute[], wanted: number): Uint8Array | undefined =>
  attributes.find(({ type }) => type === wanted)?.value;

/** The message from its magic cookie on. */
const xorKey = (transactionId: Uint8Array): Uint8Array => new ByteWriter(16).u32(COOKIE).raw(transactionId).finish();

const xored = (bytes: Uint8Array, key: Uint8Array): Uint8Array => bytes.map((byte, at) => byte ^ (key[at] ?? 0));

function addressValue({ family, address, port }: StunAddress, key: Uint8Array): Uint8Array {
  const bytes = ipBytes(address);
  if (bytes?.length !== (family === 4 ? 4 : 16)) throw new RangeError(`${address} is no IPv${family} address`);
  const portBytes = new ByteWriter(2).u16(port).finish();
  return new ByteWriter(20).u8(0).u8(FAMILIES[family]).raw(xored(portBytes, key)).raw(xored(bytes, key)).finish();
}

function readAddress(value: Uint8Array, key: Uint8Array): StunAddress | undefined {
  const family =
    value.length === 8 && value[1] === FAMILIES[4]
      ? 4
      : value.length === 20 && value[1] === FAMILIES[6]
        ? 6
        : undefined;
  if (family === undefined) return undefined;
  const reader = new ByteReader(value.subarray(2));
  const port = new ByteReader(xored(reader.raw(2), key)).u16();
  return { family, address: ipText(xored(reader.rest(), key)), port };
}

function readErrorCode(value: Uint8Array): number | undefined {
  const [, , hundreds = 0, rest = 100] = value;
  return hundreds >= 3 && hundreds <= 6 && rest < 100 ? hundreds * 100 + rest : undefined;
}
