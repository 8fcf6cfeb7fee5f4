import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { RTCPeerConnection as WeriftConnection } from "werift";
import { encodeAllocateRequest, encodeBindingRequest, encodeBindingSuccess, readStun } from "../../protocol/stun.ts";
import { answerTo, openStun } from "../../signaling/stun-server.ts";
import { launchChromium } from "../support/browser.ts";
import { startTestServer } from "./running.ts";

const LIMIT_MS = 3_000;
const ANY = { port: 0, doWithoutIfBusy: false };

async function stunOn(bind: string | undefined): Promise<number> {
  const stun = await openStun({ ...ANY, bind }, () => undefined);
  if (stun === undefined) throw new Error("no STUN");
  onTestFinished(() => stun.close());
  return stun.port;
}

async function socketOn(address: string): Promise<Socket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  onTestFinished(() => void socket.close());
  socket.bind(0, address);
  await once(socket, "listening");
  return socket;
}

/** Asks from this socket and waits for what comes back. */
async function ask(socket: Socket, port: number, request: Uint8Array): Promise<Uint8Array> {
  const answer = once(socket, "message", { signal: AbortSignal.timeout(LIMIT_MS) });
  socket.send(request, port, socket.address().address);
  const [message]: unknown[] = await answer;
  if (!(message instanceof Uint8Array)) throw new Error("no datagram");
  return message;
}

/** A binding request with attributes of these types, each four bytes long. */
function requestWith(types: readonly number[]): Uint8Array {
  const attributes = types.flatMap((type) => [type >> 8, type & 0xff, 0, 4, 0, 0, 0, 0]);
  const message = Uint8Array.of(...encodeBindingRequest(randomBytes(12)), ...attributes);
  message[2] = attributes.length >> 8;
  message[3] = attributes.length & 0xff;
  return message;
}

describe("STUN", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1", 4],
    ["::1", "::1", 6],
    ["localhost", "127.0.0.1", 4],
    [undefined, "127.0.0.1", 4],
    [undefined, "::1", 6],
  ])("on %s tells who asks from %s where it was seen", async (bind, from, family) => {
    const port = await stunOn(bind);
    const socket = await socketOn(from);
    const transactionId = randomBytes(12);
    const answer = await ask(socket, port, encodeBindingRequest(transactionId));
    const mapped = { family, address: from, port: socket.address().port };
    expect(readStun(answer)).toMatchObject({ method: "binding", class: "success", mapped });
    expect(Buffer.from(readStun(answer)?.transactionId ?? []).equals(transactionId)).toBe(true);
  });

  it("says of attributes it must understand and does not, which they are", async () => {
    const port = await stunOn("127.0.0.1");
    const socket = await socketOn("127.0.0.1");
    // CHANGE-REQUEST and RESPONSE-PORT (RFC 5780) would send the answer somewhere else; 0x8030 may be ignored.
    const answer = await ask(socket, port, requestWith([0x0003, 0x0027, 0x8030]));
    expect(readStun(answer)).toMatchObject({ class: "error", errorCode: 420 });
    expect([...answer.subarray(28)]).toEqual([0x00, 0x0a, 0x00, 0x04, 0x00, 0x03, 0x00, 0x27]);
  });

  it("answers nothing but questions", async () => {
    const port = await stunOn("127.0.0.1");
    const socket = await socketOn("127.0.0.1");
    const heard: Uint8Array[] = [];
    socket.on("message", (message) => heard.push(message));
    const send = (message: Uint8Array) => socket.send(message, port, "127.0.0.1");
    const mapped = { family: 4, address: "127.0.0.1", port: 1 } as const;
    send(new Uint8Array());
    send(randomBytes(1_400));
    send(encodeAllocateRequest(randomBytes(12)));
    send(encodeBindingSuccess(randomBytes(12), mapped));
    const indication = Uint8Array.from(encodeBindingRequest(randomBytes(12)));
    indication[1] = 0x11;
    send(indication);
    send(encodeBindingRequest(randomBytes(12)).subarray(0, 19));
    // One source's datagrams arrive in order on one machine: when this one is answered, the others have been read.
    const last = randomBytes(12);
    await ask(socket, port, encodeBindingRequest(last));
    expect(heard.map((message) => [...(readStun(message)?.transactionId ?? [])])).toEqual([[...last]]);
  });

  it("sends at most 24 bytes more than it was sent, whatever is asked", () => {
    const from = { address: "2001:db8::1", port: 40_000 };
    const requests = [[], [3], [3, 0x27], Array.from({ length: 100 }, (_, at) => 0x7000 + at)].map(requestWith);
    // The shortest attributes there are: four bytes each, of which two come back.
    const short = Uint8Array.of(...encodeBindingRequest(randomBytes(12)), ...Array(50).fill([0x70, 0x00, 0, 0]).flat());
    short.set([0, 200], 2);
    for (const request of [...requests, short]) {
      const answer = answerTo(request, from);
      expect(answer?.length).toBeGreaterThan(0);
      expect(answer?.length).toBeLessThanOrEqual(request.length + 24);
    }
  });

  it("never answers to port 0, to which nothing can be sent", () => {
    expect(answerTo(encodeBindingRequest(randomBytes(12)), { address: "192.0.2.1", port: 0 })).toBeUndefined();
  });

  it("answers one address fifty times a second and another one still", async () => {
    const port = await stunOn(undefined);
    const flooding = await socketOn("127.0.0.1");
    let answers = 0;
    flooding.on("message", () => (answers += 1));
    const startMs = performance.now();
    // In batches that fit a receive buffer; each batch ends with a question of somebody else, whose answer shows that it was read.
    for (let batch = 0; batch < 10; batch += 1) {
      for (let count = 0; count < 40; count += 1) {
        flooding.send(encodeBindingRequest(randomBytes(12)), port, "127.0.0.1");
      }
      const other = await socketOn("::1");
      expect(readStun(await ask(other, port, encodeBindingRequest(randomBytes(12))))?.class).toBe("success");
    }
    const seconds = Math.ceil((performance.now() - startMs) / 1_000);
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThanOrEqual(50 * (seconds + 1));
    expect(answers).toBeLessThan(400);
  });
});

describe("the port of STUN", () => {
  it("that is busy is an error with a hint if it was asked for, and a warning if not", async () => {
    const port = await stunOn("127.0.0.1");
    const asked = startTestServer({ stun: { port, doWithoutIfBusy: false } });
    await expect(asked).rejects.toMatchObject({
      code: "port-busy",
      message: `UDP port ${port} is in use by another program.`,
      hint: expect.stringContaining("--stun-port"),
    });
    const server = await startTestServer({ stun: { port, doWithoutIfBusy: true } });
    expect(server.stunPort).toBeUndefined();
    expect(server.logged.join("\n")).toMatch(/^warn: UDP port [0-9]+ is in use.*STUN is off/m);
    expect(await (await fetch(`${server.url}/config.json`)).json()).not.toHaveProperty("stunPort");
  });

  it("is free again when the server is closed, and when it could not start", async () => {
    const server = await startTestServer({ stun: ANY });
    const port = server.stunPort ?? 0;
    await server.close();
    await server.close();
    const blocker = await startTestServer();
    await expect(startTestServer({ port: blocker.port, stun: { port, doWithoutIfBusy: false } })).rejects.toMatchObject(
      { code: "port-busy", message: expect.stringMatching(/^Port/) },
    );
    const again = await openStun({ port, doWithoutIfBusy: false, bind: "127.0.0.1" }, () => undefined);
    expect(again?.port).toBe(port);
    await again?.close();
  });

  it("of an address this machine does not have is an error, also where a busy one would not be", async () => {
    const place = { port: 0, doWithoutIfBusy: true, bind: "198.51.100.77" };
    await expect(openStun(place, () => undefined)).rejects.toMatchObject({ code: "address-unavailable" });
  });
});

describe("a server-reflexive candidate comes", () => {
  it("to werift", async () => {
    const port = await stunOn("127.0.0.1");
    const connection = new WeriftConnection({ iceServers: [{ urls: `stun:127.0.0.1:${port}` }] });
    onTestFinished(() => connection.close());
    const found = new Promise<string>((resolve) => {
      connection.onIceCandidate.subscribe((candidate) => {
        if (candidate?.candidate?.includes("typ srflx")) resolve(candidate.candidate);
      });
    });
    connection.createDataChannel("any");
    await connection.setLocalDescription(await connection.createOffer());
    expect(await found).toMatch(/ typ srflx raddr /);
  });

  it("to Chromium, from the server that its page came from", async () => {
    const server = await startTestServer({ bind: "0.0.0.0", stun: ANY });
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(server.url);
    const candidate = await page.evaluate(async (limitMs) => {
      const { stunPort } = await (await fetch("config.json")).json();
      const connection = new RTCPeerConnection({ iceServers: [{ urls: `stun:${location.hostname}:${stunPort}` }] });
      const found = new Promise<string>((resolve, reject) => {
        setTimeout(() => reject(new Error("no server-reflexive candidate")), limitMs);
        connection.onicecandidate = (event) => {
          if (event.candidate?.type === "srflx") resolve(event.candidate.candidate);
        };
      });
      connection.createDataChannel("any");
      await connection.setLocalDescription();
      return found;
    }, 10_000);
    // Its own address it hides behind a name; this one is as the server saw it.
    expect(candidate).toMatch(/ udp [0-9]+ [0-9a-f.:]+ [0-9]+ typ srflx /);
  });
});
