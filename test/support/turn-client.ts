import { createHash, createHmac, randomBytes } from "node:crypto";
import { ipBytes, ipText } from "../../protocol/ip-address.ts";
import { type Carrier, type Peer, toTurn } from "./turn-carrier.ts";

/*
 * A TURN client (RFC 8656) that asks for exactly what a test wants to know. The product has none of its own: browsers and
 * werift bring theirs, and neither lets a test say which peer it wants.
 */
const METHODS = { allocate: 0x003, refresh: 0x004, send: 0x016, createPermission: 0x008, channelBind: 0x009 };
const DATA_INDICATION = 0x0017;
const COOKIE = Buffer.from([0x21, 0x12, 0xa4, 0x42]);
const LIMIT_MS = 3_000;

export const ATTRIBUTES = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  channelNumber: 0x000c,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  requestedTransport: 0x0019,
  software: 0x8022,
} as const;
type Attribute = readonly [type: number, value: Uint8Array];
/** Addresses are XORed with the transaction id, so a message is written anew each time it is sent. */
type Attributes = (transactionId: Uint8Array) => readonly Attribute[];
/** The code is 0 for success. */
type Answer = { readonly code: number; readonly attributes: ReadonlyMap<number, Buffer> };

export type TurnLogin = { readonly username: string; readonly credential: string };

export class TurnClient {
  private readonly carrier: Carrier;
  private readonly login: TurnLogin;
  private readonly waiting = new Map<string, (message: Buffer) => void>();
  private challenge: { readonly realm: Buffer; readonly nonce: Buffer } | undefined;
  private readonly heard: string[] = [];
  private onData: () => void = () => undefined;

  private constructor(carrier: Carrier, login: TurnLogin) {
    this.carrier = carrier;
    this.login = login;
    carrier.onMessage = (message) => {
      if (message.readUInt16BE(0) === DATA_INDICATION) {
        this.heard.push(String(readAttributes(message).get(ATTRIBUTES.data)));
        this.onData();
        return;
      }
      this.waiting.get(message.toString("hex", 8, 20))?.(message);
    };
  }

  static async connect(transport: "udp" | "tcp", server: Peer, login: TurnLogin): Promise<TurnClient> {
    return new TurnClient(await toTurn(transport, server), login);
  }

  async allocate(family: 4 | 6, relay: "udp" | "tcp" = "udp"): Promise<Answer> {
    return this.request("allocate", () => [
      [ATTRIBUTES.requestedTransport, Uint8Array.of(relay === "udp" ? 17 : 6, 0, 0, 0)],
      [ATTRIBUTES.requestedAddressFamily, Uint8Array.of(family === 4 ? 1 : 2, 0, 0, 0)],
    ]);
  }

  /** @returns the error code, or 0 for success */
  async createPermission(address: string): Promise<number> {
    const peer = { address, port: 0 };
    return (await this.request("createPermission", (id) => [[ATTRIBUTES.xorPeerAddress, xorAddress(peer, id)]])).code;
  }

  /** @returns the error code, or 0 for success */
  async channelBind(channel: number, peer: Peer): Promise<number> {
    const number = Buffer.alloc(4);
    number.writeUInt16BE(channel);
    const answer = await this.request("channelBind", (id) => [
      [ATTRIBUTES.channelNumber, number],
      [ATTRIBUTES.xorPeerAddress, xorAddress(peer, id)],
    ]);
    return answer.code;
  }

  /** Send indication: the server answers nothing, whatever it does with it. */
  send(peer: Peer, text: string): void {
    const id = randomBytes(12);
    const attributes: Attribute[] = [
      [ATTRIBUTES.xorPeerAddress, xorAddress(peer, id)],
      [ATTRIBUTES.data, Buffer.from(text)],
    ];
    this.carrier.send(message(METHODS.send, id, attributes));
  }

  /** What goes through a bound channel, without a word of STUN. */
  sendOnChannel(channel: number, text: string): void {
    const data = Buffer.alloc(4 + Math.ceil(text.length / 4) * 4);
    data.writeUInt16BE(channel, 0);
    data.writeUInt16BE(text.length, 2);
    data.write(text, 4);
    this.carrier.send(data);
  }

  /** The next text that a peer sent to the relayed address. */
  async nextData(): Promise<string> {
    const arrived = new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`no data within ${LIMIT_MS} ms`)), LIMIT_MS);
      this.onData = () => {
        clearTimeout(limit);
        resolve();
      };
    });
    if (this.heard.length > 0) this.onData();
    await arrived;
    return this.heard.shift() ?? "";
  }

  close(): void {
    this.carrier.close();
  }

  /** Asks, and once more with the realm and nonce of the server's 401 or 438. */
  private async request(method: keyof typeof METHODS, attributes: Attributes): Promise<Answer> {
    const first = await this.ask(method, attributes);
    const realm = first.attributes.get(ATTRIBUTES.realm);
    const nonce = first.attributes.get(ATTRIBUTES.nonce);
    if ((first.code !== 401 && first.code !== 438) || this.challenge !== undefined) return first;
    if (realm === undefined || nonce === undefined) return first;
    this.challenge = { realm, nonce };
    return this.ask(method, attributes);
  }

  private async ask(method: keyof typeof METHODS, attributes: Attributes): Promise<Answer> {
    const transactionId = randomBytes(12);
    const name = transactionId.toString("hex");
    const answer = new Promise<Buffer>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`no answer to ${method} within ${LIMIT_MS} ms`)), LIMIT_MS);
      this.waiting.set(name, (bytes) => {
        clearTimeout(limit);
        this.waiting.delete(name);
        resolve(bytes);
      });
    });
    this.carrier.send(this.signed(METHODS[method], transactionId, attributes(transactionId)));
    const read = readAttributes(await answer);
    const error = read.get(ATTRIBUTES.errorCode);
    return { attributes: read, code: error === undefined ? 0 : error.readUInt8(2) * 100 + error.readUInt8(3) };
  }

  /** MESSAGE-INTEGRITY (RFC 8489, 14.5): over the message before it, whose length already counts it. */
  private signed(type: number, transactionId: Uint8Array, attributes: readonly Attribute[]): Uint8Array {
    if (this.challenge === undefined) return message(type, transactionId, attributes);
    const { realm, nonce } = this.challenge;
    const { username, credential } = this.login;
    const named: Attribute[] = [
      ...attributes,
      [ATTRIBUTES.username, Buffer.from(username)],
      [ATTRIBUTES.realm, realm],
      [ATTRIBUTES.nonce, nonce],
    ];
    const unsigned = message(type, transactionId, [...named, [ATTRIBUTES.messageIntegrity, new Uint8Array(20)]]);
    const key = createHash("md5").update(`${username}:${realm}:${credential}`).digest();
    const hmac = createHmac("sha1", key).update(unsigned.subarray(0, -24)).digest();
    return Buffer.concat([unsigned.subarray(0, -20), hmac]);
  }
}

function message(type: number, transactionId: Uint8Array, attributes: readonly Attribute[]): Buffer {
  const body = Buffer.concat(
    attributes.flatMap(([kind, value]) => {
      const head = Buffer.alloc(4);
      head.writeUInt16BE(kind, 0);
      head.writeUInt16BE(value.length, 2);
      return [head, value, new Uint8Array((4 - (value.length % 4)) % 4)];
    }),
  );
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, COOKIE, transactionId, body]);
}

function readAttributes(bytes: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 20; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    attributes.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return attributes;
}

const xored = (bytes: Uint8Array, key: Uint8Array): Uint8Array => bytes.map((byte, at) => byte ^ (key[at] ?? 0));

function xorAddress({ address, port }: Peer, transactionId: Uint8Array): Uint8Array {
  const bytes = ipBytes(address);
  if (bytes === undefined) throw new Error(`${address} is no address`);
  const head = Buffer.alloc(4);
  head.writeUInt8(bytes.length === 4 ? 1 : 2, 1);
  head.writeUInt16BE(port ^ COOKIE.readUInt16BE(0), 2);
  return Buffer.concat([head, xored(bytes, Buffer.concat([COOKIE, transactionId]))]);
}

/** Where the server relays from, out of its answer to an allocation. */
export function relayedPeer(answer: Answer): Peer {
  const value = answer.attributes.get(ATTRIBUTES.xorRelayedAddress);
  if (value?.length !== 8) throw new Error(`no relayed IPv4 address (error ${answer.code})`);
  return { address: ipText(xored(value.subarray(4), COOKIE)), port: value.readUInt16BE(2) ^ COOKIE.readUInt16BE(0) };
}
