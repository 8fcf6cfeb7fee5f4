import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { classes, DtlsClient, Message, methods, UdpTransport } from "werift";
import { openWeriftPair, type WeriftPair } from "../support/werift-pair.ts";

/*
 * F10 and F11: a stranger who can send datagrams to the port of a live session. On loopback and on a LAN nobody needs to
 * forge an address for that.
 */
const LIMIT = { timeout: 8_000, interval: 5 };

/** DTLS 1.2 record: type, version, epoch, sequence, length, fragment. */
function record(type: number, epoch: number, fragment: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt8(type, 0);
  header.writeUInt16BE(0xfefd, 1);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(Math.floor(Math.random() * 2 ** 40), 5, 6);
  header.writeUInt16BE(fragment.length, 11);
  return Buffer.concat([header, fragment]);
}

/** A whole handshake message in one fragment: type, length, sequence, offset, length, body. */
function handshake(type: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(type, 0);
  header.writeUIntBE(body.length, 1, 3);
  header.writeUIntBE(body.length, 9, 3);
  return Buffer.concat([header, body]);
}

function bindingRequest(attributes: "none" | "controlled" | "candidate", signed: boolean): Buffer {
  const request = new Message(methods.BINDING, classes.REQUEST);
  request.setAttribute("USERNAME", "abcd:efgh");
  request.setAttribute("PRIORITY", 0x7fffffff);
  if (attributes === "controlled") request.setAttribute("ICE-CONTROLLED", 2n ** 64n - 1n);
  if (attributes === "candidate") request.setAttribute("USE-CANDIDATE", null);
  if (signed) request.addMessageIntegrity(randomBytes(22)).addFingerprint();
  return request.bytes;
}

/** Everything a stranger may think of; `number` chooses. */
function forged(number: number): Buffer {
  const epoch = number % 3;
  const noise = randomBytes(number % 200);
  const kinds: (() => Buffer)[] = [
    () => record(21, epoch, Buffer.from([1, 0])), // close_notify
    () => record(21, epoch, Buffer.from([2, 40])), // fatal: handshake_failure
    () => record(21, epoch, Buffer.concat([Buffer.from([0, 1]), noise])), // an alert that looks encrypted
    () => record(22, epoch, handshake(1, Buffer.concat([Buffer.from([0xfe, 0xfd]), randomBytes(32), Buffer.alloc(8)]))),
    () => record(22, epoch, handshake([0, 2, 3, 11, 12, 13, 14, 15, 16, 20][number % 10] ?? 0, noise)),
    () => record(22, epoch, noise),
    () => record(20, epoch, Buffer.from([1])), // change_cipher_spec
    () => record(23, epoch, noise), // application data
    () => record(24 + (number % 40), epoch, noise), // types that nobody knows
    () => Buffer.concat([record(23, 1, noise), record(21, 0, Buffer.from([1, 0]))]), // hidden behind another record
    () => record(21, 0, Buffer.from([1, 0])).subarray(0, number % 15), // cut short
    () => Buffer.concat([Buffer.from([0x13, 0x88, 0x13, 0x88]), randomBytes(8), Buffer.from([6, 0, 0, 4])]), // SCTP ABORT in clear
    () => bindingRequest("none", false),
    () => bindingRequest("controlled", number % 2 === 0),
    () => bindingRequest("candidate", number % 2 === 0),
    () => noise,
  ];
  return kinds[number % kinds.length]?.() ?? noise;
}

const familyOf = (address: string): "udp4" | "udp6" => (address.includes(":") ? "udp6" : "udp4");

async function stillCarries({ host, viewer, heard }: WeriftPair): Promise<void> {
  const [up, down] = [randomBytes(24), randomBytes(24)].map((bytes) => new Uint8Array(bytes));
  if (up === undefined || down === undefined) throw new Error("two messages");
  viewer.send(up);
  host.send(down);
  await vi.waitFor(() => expect([heard.host.at(-1), heard.viewer.at(-1)]).toEqual([up, down]), LIMIT);
}

describe("a live session whose port a stranger knows", () => {
  it("outlives 10,000 forged datagrams from other ports, and hears none of them", async () => {
    const pair = await openWeriftPair();
    await stillCarries(pair);
    const { address, port } = pair.hostAddress;
    const sockets = Array.from({ length: 10 }, () => createSocket(familyOf(address)));
    onTestFinished(() => {
      for (const socket of sockets) socket.close();
    });
    const send = (number: number) =>
      new Promise<void>((resolve, reject) => {
        const done = (error: Error | null) => (error === null ? resolve() : reject(error));
        sockets[number % sockets.length]?.send(forged(number), port, address, done);
      });
    for (let first = 0; first < 10_000; first += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => send(first + index)));
      // One that the kernel had to drop for want of room proves nothing: now and then the host is waited for.
      await stillCarries(pair);
    }
    expect(pair.heard.closed).toEqual([]);
    expect(pair.heard.host).toHaveLength(101);
    expect(pair.viewerConnection.connectionState).toBe("connected");
  });

  it("refuses a second DTLS handshake, and gives it not one byte", async () => {
    const pair = await openWeriftPair();
    await stillCarries(pair);
    const transport = await UdpTransport.init(familyOf(pair.hostAddress.address));
    transport.rinfo = pair.hostAddress;
    let received = 0;
    const stranger = new DtlsClient({ transport, extendedMasterSecret: true });
    const take = transport.onData;
    transport.onData = (datagram, from) => {
      received += datagram.length;
      take(datagram, from);
    };
    onTestFinished(() => void transport.close());
    let connected = false;
    stranger.onConnect.once(() => {
      connected = true;
    });
    const heardBefore = pair.heard.host.length;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      // Flight 1 repeats itself until its own limit, which ends in a rejection here.
      stranger.connect().catch(() => undefined);
      await stillCarries(pair);
    }
    expect({ connected, received }).toEqual({ connected: false, received: 0 });
    expect(pair.heard.host).toHaveLength(heardBefore + 20);
    expect(pair.heard.closed).toEqual([]);
  });
});
