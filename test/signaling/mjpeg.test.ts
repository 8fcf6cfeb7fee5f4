import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect as netConnect } from "node:net";
import { promisify } from "node:util";
import sharp from "sharp";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { MAX_FRAME_BYTES, MJPEG_PREFIX, ROOM_GRACE_MS } from "../../protocol/signaling.ts";
import {
  connect,
  connectPictures,
  disconnected,
  joinRoom,
  nextEvent,
  openRoom,
  type PictureClient,
  ROOMY,
  randomToken,
  startTestServer,
  type TestHost,
  type TestServer,
} from "./running.ts";

type Broadcast = {
  readonly host: TestHost;
  readonly pictures: PictureClient;
  readonly token: string;
  readonly url: string;
};

/** A host with one published token and an open line for its pictures. */
async function publish(server: TestServer): Promise<Broadcast> {
  const host = await openRoom(server);
  const pictures = await connectPictures(server, { room: host.room, ownerToken: host.ownerToken });
  const token = randomToken();
  expect(await host.client.emitWithAck("mjpeg.publish", { token })).toEqual({ ok: true });
  return { host, pictures, token, url: server.url + MJPEG_PREFIX + token };
}

const grey = (level: number, side = 64): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background: { r: level, g: level, b: level } } })
    .jpeg()
    .toBuffer();

/** Watches a URL and collects what arrives, until the test ends. */
async function watch(url: string): Promise<{
  readonly response: IncomingMessage;
  readonly body: () => Buffer;
  readonly parts: (count: number) => Promise<Part[]>;
  readonly ended: Promise<unknown>;
  readonly leave: () => void;
}> {
  const sent = request(url, { agent: false }).end();
  onTestFinished(() => void sent.destroy());
  const [response]: IncomingMessage[] = await once(sent, "response");
  if (response === undefined) throw new Error("no response");
  const ended = new Promise((resolve) => response.once("close", resolve));
  const chunks: Buffer[] = [];
  let look = (): void => undefined;
  response.on("error", () => undefined); // cut off while a picture was under way
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    look();
  });
  const body = () => Buffer.concat(chunks);
  const parts = (count: number) =>
    new Promise<Part[]>((resolve) => {
      look = () => {
        const found = partsOf(body());
        if (found.length >= count) resolve(found);
      };
      look();
    });
  return { response, body, parts, ended, leave: () => sent.destroy() };
}

type Part = { readonly type: string; readonly jpeg: Buffer };

/** Only parts whose closing boundary has arrived: a browser shows no others. */
function partsOf(body: Buffer): Part[] {
  const boundary = "--deskbeam-picture\r\n";
  const parts: Part[] = [];
  let at = body.indexOf(boundary);
  if (at !== 0) return [];
  at += boundary.length;
  for (;;) {
    const headerEnd = body.indexOf("\r\n\r\n", at);
    if (headerEnd < 0) return parts;
    const header = body.subarray(at, headerEnd).toString();
    const length = Number(/^Content-Length: (\d+)$/m.exec(header)?.[1]);
    const end = headerEnd + 4 + length;
    const after = body.subarray(end, end + 2 + boundary.length).toString();
    if (after !== `\r\n${boundary}`) return parts;
    parts.push({ type: /^Content-Type: (\S+)/m.exec(header)?.[1] ?? "", jpeg: body.subarray(headerEnd + 4, end) });
    at = end + 2 + boundary.length;
  }
}

describe("pictures over plain HTTP", () => {
  it("asks the host for frames when somebody looks, and tells it when nobody does any more", async () => {
    const server = await startTestServer();
    const { host, token, url } = await publish(server);
    const first = nextEvent(host.client, "mjpeg.watch");
    const anna = await watch(url);
    expect(await first).toEqual({ token, watchers: 1 });
    const second = nextEvent(host.client, "mjpeg.watch");
    const ben = await watch(url);
    expect(await second).toEqual({ token, watchers: 2 });
    const fewer = nextEvent(host.client, "mjpeg.watch");
    anna.leave();
    expect(await fewer).toEqual({ token, watchers: 1 });
    const none = nextEvent(host.client, "mjpeg.watch");
    ben.leave();
    expect(await none).toEqual({ token, watchers: 0 });
  });

  it("sends each picture with its length and the boundary right behind it", async () => {
    const server = await startTestServer();
    const { pictures, token, url } = await publish(server);
    const { response, parts } = await watch(url);
    expect(response.statusCode).toBe(200);
    expect(response.headers["content-type"]).toBe("multipart/x-mixed-replace;boundary=deskbeam-picture");
    expect(response.headers["cache-control"]).toBe("no-store");
    const shown = [await grey(10), await grey(200)];
    for (const [index, jpeg] of shown.entries()) {
      expect(await pictures.emitWithAck("frame", { token, jpeg })).toEqual({ ok: true });
      const arrived = await parts(index + 1);
      expect(arrived[index]?.type).toBe("image/jpeg");
      expect(arrived[index]?.jpeg.equals(jpeg)).toBe(true);
    }
  });

  it("shows a newcomer the known picture at once, and repeats it about once a second", async () => {
    const server = await startTestServer();
    const { pictures, token, url } = await publish(server);
    const anna = await watch(url);
    const jpeg = await grey(90);
    await pictures.emitWithAck("frame", { token, jpeg });
    await anna.parts(1);
    const startedMs = performance.now();
    const ben = await watch(url);
    await ben.parts(1);
    expect(performance.now() - startedMs).toBeLessThan(500);
    // The first, the same once more so that Chromium paints it, and two of the repeats.
    const repeated = await ben.parts(4);
    const tookMs = performance.now() - startedMs;
    expect(repeated.every((part) => part.jpeg.equals(jpeg))).toBe(true);
    expect(tookMs).toBeGreaterThan(1_900);
    expect(tookMs).toBeLessThan(4_000);
  });

  it("never shows a picture from before anybody watched", async () => {
    const server = await startTestServer();
    const { host, pictures, token, url } = await publish(server);
    const unseen = await grey(1);
    expect(await pictures.emitWithAck("frame", { token, jpeg: unseen })).toEqual({ ok: true });
    const anna = await watch(url);
    await pictures.emitWithAck("frame", { token, jpeg: await grey(2) });
    await anna.parts(1);
    const gone = nextEvent(host.client, "mjpeg.watch");
    anna.leave();
    expect((await gone).watchers).toBe(0);
    const ben = await watch(url);
    const fresh = await grey(3);
    await pictures.emitWithAck("frame", { token, jpeg: fresh });
    expect((await ben.parts(1))[0]?.jpeg.equals(fresh)).toBe(true);
  });

  it("plays in ffmpeg and in curl", async () => {
    const server = await startTestServer();
    const { host, pictures, token, url } = await publish(server);
    let watching = false;
    let level = 0;
    const pump = async (): Promise<void> => {
      while (watching) {
        level += 1;
        await pictures.emitWithAck("frame", { token, jpeg: await grey(level % 256) });
      }
    };
    let pumped: Promise<void> = Promise.resolve();
    host.client.on("mjpeg.watch", ({ watchers }) => {
      if (watchers > 0 && !watching) {
        watching = true;
        pumped = pump();
      }
      if (watchers === 0) watching = false;
    });
    const play = ["-hide_banner", "-f", "mpjpeg", "-i", url, "-frames:v", "3", "-f", "null", "-"];
    const { stderr } = await promisify(execFile)("ffmpeg", play, { timeout: 15_000 });
    expect(stderr).toMatch(/frame=\s*3\b/);
    expect(stderr).toContain("64x64");

    const curl = spawn("curl", ["--silent", "--include", "--no-buffer", url], { stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void curl.kill());
    const over = once(curl, "exit");
    let seen = "";
    for await (const chunk of curl.stdout) {
      seen += chunk.toString("latin1");
      if (seen.split("Content-Type: image/jpeg").length > 3) break;
    }
    curl.kill();
    await over;
    expect(seen).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    await pumped;
  }, 30_000);

  it("answers HEAD without becoming a watcher, and knows no token that was not published", async () => {
    const server = await startTestServer();
    const { host, url } = await publish(server);
    const counts: unknown[] = [];
    host.client.on("mjpeg.watch", (event) => counts.push(event));
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-type")]).toEqual([
      200,
      "multipart/x-mixed-replace;boundary=deskbeam-picture",
    ]);
    expect((await fetch(server.url + MJPEG_PREFIX + randomToken())).status).toBe(404);
    expect((await fetch(server.url + MJPEG_PREFIX)).status).toBe(404);
    expect((await fetch(url, { headers: { "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" } })).status).toBe(
      403,
    );
    await host.client.emitWithAck("mjpeg.publish", { token: randomToken() });
    expect(counts).toEqual([]);
  });

  it("ends the streams of a revoked token and answers it no more", async () => {
    const server = await startTestServer();
    const { host, pictures, token, url } = await publish(server);
    const anna = await watch(url);
    host.client.emit("mjpeg.revoke", { token });
    await anna.ended;
    expect((await fetch(url)).status).toBe(404);
    expect(await pictures.emitWithAck("frame", { token, jpeg: await grey(1) })).toEqual({ ok: false });
  });

  it("ends when the room has expired, a minute after its host left", async () => {
    const server = await startTestServer();
    const { host, url } = await publish(server);
    const told = nextEvent(host.client, "mjpeg.watch");
    const anna = await watch(url);
    await told;
    const viewer = await joinRoom(server, host);
    const gone = nextEvent(viewer.client, "room.host");
    host.client.close();
    await gone;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ROOM_GRACE_MS });
    onTestFinished(() => void vi.useRealTimers());
    await anna.ended;
    expect((await fetch(url)).status).toBe(404);
  });

  it("tells a host that came back who still watches", async () => {
    const server = await startTestServer();
    const { host, token, url } = await publish(server);
    await watch(url);
    host.client.close();
    const again = await connect(server);
    await again.emitWithAck("room.open", { room: host.room, ownerToken: host.ownerToken });
    const told = nextEvent(again, "mjpeg.watch");
    expect(await again.emitWithAck("mjpeg.publish", { token })).toEqual({ ok: true });
    expect(await told).toEqual({ token, watchers: 1 });
  });

  it("lets only so many watch one token", async () => {
    const server = await startTestServer({ limits: { ...ROOMY, watchersPerToken: 1 } });
    const { url } = await publish(server);
    await watch(url);
    expect((await fetch(url)).status).toBe(503);
  });

  it("is off where the operator says so", async () => {
    const server = await startTestServer({ mjpeg: false });
    const host = await openRoom(server);
    const answer = await host.client.emitWithAck("mjpeg.publish", { token: randomToken() });
    expect(answer).toEqual({ ok: false, error: "off" });
  });
});

describe("who may say what is seen", () => {
  it("is the room's host and nobody else, though every watcher knows the token", async () => {
    const server = await startTestServer();
    const { host, token } = await publish(server);
    for (const auth of [{}, { room: host.room, ownerToken: randomToken() }, { room: host.room, ownerToken: token }]) {
      await expect(connectPictures(server, auth)).rejects.toThrow("bad-request");
    }
    const stranger = await openRoom(server);
    const foreign = await connectPictures(server, { room: stranger.room, ownerToken: stranger.ownerToken });
    expect(await foreign.emitWithAck("frame", { token, jpeg: await grey(1) })).toEqual({ ok: false });
    const steal = await stranger.client.emitWithAck("mjpeg.publish", { token });
    expect(steal).toEqual({ ok: false, error: "bad-request" });
    stranger.client.emit("mjpeg.revoke", { token });
    await stranger.client.emitWithAck("mjpeg.publish", { token: randomToken() });
    expect((await fetch(server.url + MJPEG_PREFIX + token, { method: "HEAD" })).status).toBe(200);
  });

  it("is no viewer", async () => {
    const server = await startTestServer();
    const viewer = await connect(server);
    const answer = await viewer.emitWithAck("mjpeg.publish", { token: randomToken() });
    expect(answer).toEqual({ ok: false, error: "bad-request" });
  });

  it("cannot send more than a frame in one message", async () => {
    const server = await startTestServer();
    const { pictures, token } = await publish(server);
    expect(await pictures.emitWithAck("frame", { token, jpeg: new Uint8Array(MAX_FRAME_BYTES) })).toEqual({ ok: true });
    const ended = disconnected(pictures);
    pictures.emit("frame", { token, jpeg: new Uint8Array(MAX_FRAME_BYTES + 1) }, () => undefined);
    expect(await ended).toMatch(/^transport/);
  });
});

describe("a watcher that reads slowly", () => {
  it("holds up nobody, and is sent the newest picture instead of those it missed", async () => {
    const server = await startTestServer();
    const { host, pictures, token, url } = await publish(server);
    const first = nextEvent(host.client, "mjpeg.watch");
    const quick = request(url, { agent: false }).end();
    onTestFinished(() => void quick.destroy());
    const [response]: IncomingMessage[] = await once(quick, "response");
    response?.on("error", () => undefined).resume(); // cut off when the test ends
    expect((await first).watchers).toBe(1);
    const second = nextEvent(host.client, "mjpeg.watch");
    const slow = netConnect(server.port, "127.0.0.1");
    onTestFinished(() => void slow.destroy());
    slow.pause();
    slow.write(`GET ${MJPEG_PREFIX}${token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    expect((await second).watchers).toBe(2);

    const frameBytes = 1024 * 1024;
    const frames = 48;
    for (let count = 0; count < frames; count += 1) {
      const jpeg = Buffer.alloc(frameBytes, count);
      expect(await pictures.emitWithAck("frame", { token, jpeg })).toEqual({ ok: true });
    }
    // Now it reads. Whatever was kept for it comes first: what the kernel took, one picture, and then the newest.
    const newest = Buffer.alloc(1_000, frames - 1);
    let takenBytes = 0;
    let tail = Buffer.alloc(0);
    await new Promise<void>((resolve) => {
      slow.on("data", (chunk: Buffer) => {
        takenBytes += chunk.length;
        tail = Buffer.concat([tail.subarray(-newest.length), chunk]);
        if (tail.includes(newest)) resolve();
      });
      slow.resume();
    });
    expect(takenBytes).toBeLessThan(24 * frameBytes);
  }, 30_000);
});
