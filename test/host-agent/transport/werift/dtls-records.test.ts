import { describe, expect, it, onTestFinished, vi } from "vitest";
import { RTCPeerConnection } from "werift";
import { recordOpener, recordSealer, sendInOwnRecords } from "../../../../host-agent/transport/werift/dtls-records.ts";
import { offeringBrowser } from "./offering-browser.ts";

const TEXT = Buffer.from("a letter");

/** A host and a browser, both werift, that are connected; all that the host sent after its handshake's keys came to be. */
async function connected(sendsInOwnRecords: boolean) {
  const browser = await offeringBrowser();
  const host = new RTCPeerConnection({
    iceServers: [],
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: ["127.0.0.1"],
  });
  onTestFinished(() => host.close());
  const channel = host.createDataChannel("deskbeam", { negotiated: true, id: 0 });
  const [transport] = host.dtlsTransports;
  if (transport === undefined) throw new Error("werift has made no transport");
  if (sendsInOwnRecords) sendInOwnRecords(transport);
  const ice = transport.iceTransport.connection;
  const send = ice.send.bind(ice);
  const sealed: Buffer[] = [];
  ice.send = async (datagram) => {
    sealed.push(...recordsOf(datagram).filter((record) => record.readUInt16BE(3) > 0));
    await send(datagram);
  };
  host.onIceCandidate.subscribe((one) => browser.addCandidate(one?.candidate ?? ""));
  await host.setRemoteDescription({ type: "offer", sdp: browser.offer });
  await host.setLocalDescription(await host.createAnswer());
  await browser.take(host.localDescription?.sdp ?? "");
  await vi.waitFor(() => expect([channel.readyState, browser.isOpen()]).toEqual(["open", true]), 10_000);
  const [here, there] = [transport.dtls, browser.dtls()];
  if (here === undefined || there === undefined) throw new Error("connected without DTLS");
  return { channel, sealed, here, there };
}

/** RFC 6347, section 4.1: a record says at 11 how long it is behind its 13 bytes of header. */
function recordsOf(datagram: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at + 13 <= datagram.length; ) {
    const end = at + 13 + datagram.readUInt16BE(at + 11);
    records.push(datagram.subarray(at, end));
    at = end;
  }
  return records;
}

const noncesOf = (records: readonly Buffer[]) => records.map((record) => record.subarray(13, 21).toString("hex"));

describe("a record of data", () => {
  it("says what it is, which it is and how long, and has its number for a nonce, which no handshake's reaches", async () => {
    const { here } = await connected(false);
    const seal = recordSealer(here);
    const [first, second] = [seal(TEXT), seal(TEXT)];
    const [type, version, epoch, number, length] = ["17", "fefd", "0001", "000000010000", "0020"];
    expect(first.subarray(0, 21).toString("hex")).toBe(type + version + epoch + number + length + epoch + number);
    expect(first).toHaveLength(13 + 8 + TEXT.length + 16);
    expect(second.readUIntBE(5, 6)).toBe(0x10001);
    expect(first.includes(TEXT)).toBe(false);
  });

  it("is opened by the other end, as werift opens it, too", async () => {
    const { here, there } = await connected(false);
    const seal = recordSealer(here);
    const record = seal(TEXT);
    const header = { type: 23, version: 0xfefd, epoch: 1, sequenceNumber: 0x10000 };
    expect(there.cipher.cipher.decrypt(there.sessionType, record.subarray(13), header)).toEqual(TEXT);
    const open = recordOpener(there);
    expect([open(record), open(seal(Buffer.alloc(0)))]).toEqual([TEXT, Buffer.alloc(0)]);
    expect(recordOpener(here)(recordSealer(there)(TEXT))).toEqual(TEXT);
  });

  it("is opened by nobody once it was changed, cut, lengthened, or sealed by this end itself", async () => {
    const { here, there } = await connected(false);
    const record = recordSealer(here)(TEXT);
    const open = recordOpener(there);
    // All but the length, which says where the record ends, and no more.
    for (let at = 0; at < record.length; at++) {
      const changed = Buffer.from(record);
      changed.writeUInt8(record.readUInt8(at) ^ 1, at);
      expect([at, open(changed)]).toEqual([at, at === 11 || at === 12 ? TEXT : undefined]);
    }
    for (const bytes of [0, 13, 21, 36, record.length - 1]) expect(open(record.subarray(0, bytes))).toBeUndefined();
    expect(open(Buffer.concat([record, Buffer.alloc(1)]))).toBeUndefined();
    expect(recordOpener(here)(record)).toBeUndefined();
    expect(open(record)).toEqual(TEXT);
  });
});

describe("a connection", () => {
  const saySome = async ({ channel, sealed }: Awaited<ReturnType<typeof connected>>) => {
    const before = sealed.length;
    for (let count = 0; count < 40; count++) channel.send(Buffer.alloc(500, count));
    await vi.waitFor(() => expect(sealed.length).toBeGreaterThan(before + 15), 5_000);
    // The Finished may have been sent again, as it was.
    const distinct = new Set(sealed.map((record) => record.toString("hex")));
    return noncesOf([...distinct].map((record) => Buffer.from(record, "hex")));
  };

  it("uses no nonce twice, from its Finished on", async () => {
    const nonces = await saySome(await connected(true));
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it("uses one twice where werift numbers its records; when it does not any more, this is not needed for it", async () => {
    const nonces = await saySome(await connected(false));
    expect(new Set(nonces).size).toBe(nonces.length - 1);
  });
});
