import { once } from "node:events";
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { x11Capture } from "../../../host-agent/capture/x11.ts";
import { openX11 } from "../../../host-agent/x11/connection.ts";
import { barePage, CLICK_BYTES, DRAWN_BYTES } from "./page.ts";
import { RawStream } from "./raw-stream.ts";
import { acceptOf, FrameReader } from "./web-socket.ts";

const LEFT_BUTTON = 1;

/**
 * The limit of this machine, not a product: a web page and a WebSocket, unsealed, with the raw pixels of what changed;
 * clicks come back. A process that is ended from outside; it says its port on standard output.
 * @param args the display's name, and the address where it listens
 */
export async function run(args: readonly string[]): Promise<void> {
  const [display = "", address = ""] = args;
  const capture = await x11Capture().open({ display, monitor: "all", maxFps: 60 });
  const click = await openMouse(display);
  const server = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html").end(barePage(capture.size));
  });
  server.on("upgrade", (request, socket: Duplex) => {
    const accept = acceptOf(request.headers["sec-websocket-key"] ?? "");
    const answer = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    socket.write(`${[...answer, `Sec-WebSocket-Accept: ${accept}`].join("\r\n")}\r\n\r\n`);
    const reader = new FrameReader();
    const stream = new RawStream(capture, socket);
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const payload of reader.push(chunk)) {
          if (payload.length === DRAWN_BYTES) stream.drawn();
          else if (payload.length === CLICK_BYTES) click(payload);
        }
      } catch {
        socket.destroy(); // the page says goodbye
      }
    });
    // "close" follows.
    socket.on("error", () => undefined);
    socket.once("close", () => capture.rest());
    capture.watch({
      damaged: (rects) => stream.damaged(rects),
      changedSomewhere: () => stream.changedSomewhere(),
      resized: () => undefined,
      cursorShape: () => undefined,
      cursorMoved: () => undefined,
      lost: (error) => {
        throw error;
      },
    });
  });
  server.listen(0, address);
  await once(server, "listening");
  const listening = server.address();
  if (listening === null || typeof listening === "string") throw new Error("no port");
  process.stdout.write(`${listening.port}\n`);
}

async function openMouse(display: string): Promise<(payload: Buffer) => void> {
  const x = await openX11(display, false);
  const xtest = await x.extension("xtest");
  return (payload) => {
    const [isDown, atX, atY] = [payload.readUInt16LE(0), payload.readUInt16LE(2), payload.readUInt16LE(4)];
    xtest.FakeInput(xtest.MotionNotify, 0, 0, x.root, atX, atY);
    xtest.FakeInput(isDown === 1 ? xtest.ButtonPress : xtest.ButtonRelease, LEFT_BUTTON, 0, 0, 0, 0);
  };
}
