// Plain sockets on a machine of the lab, for who is not there: run inside its namespace by plain-sockets.ts, told by
// JSON lines on standard input, one JSON line back for each (and one for every datagram heard). Ends with its input.
import dgram from "node:dgram";
import { readFileSync } from "node:fs";
import net from "node:net";
import { createInterface } from "node:readline";

/** @type {Map<number, dgram.Socket>} */
const sockets = new Map();
/** @type {Map<number, { packets: number, firstMs: number, lastMs: number }>} */
const receipts = new Map();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Datagrams for which the socket at this port had no room (/proc/net/udp: local address second, drops last). */
const droppedAt = (port) => {
  const rows = readFileSync("/proc/net/udp", "utf8").trim().split("\n").slice(1);
  const row = rows
    .map((text) => text.trim().split(/ +/))
    .find(([, local]) => Number(`0x${local.split(":")[1]}`) === port);
  return Number(row.at(-1));
};

const deeds = {
  /** A UDP socket; with `reflect` it answers every datagram with the address it came from. */
  udp: async ({ port, reflect }) => {
    const socket = dgram.createSocket("udp4");
    const number = sockets.size;
    const received = { packets: 0, firstMs: 0, lastMs: 0 };
    socket.on("message", (data, from) => {
      received.lastMs = performance.now();
      if (received.packets++ === 0) received.firstMs = received.lastMs;
      if (reflect) socket.send(`${from.address}:${from.port}`, from.port, from.address);
      // A measured stream is counted, not told.
      else if (data.length < 100) say({ socket: number, from: `${from.address}:${from.port}`, text: data.toString() });
    });
    await new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, () => resolve());
    });
    sockets.set(number, socket);
    receipts.set(number, received);
    return { socket: number, port: socket.address().port };
  },
  send: async ({ socket, address, port, text }) => {
    sockets.get(socket).send(text, port, address);
  },
  /** Evenly spaced datagrams of 1,000 bytes. */
  stream: async ({ socket, address, port, packets, rateBps }) => {
    const payload = Buffer.alloc(1000);
    const startMs = performance.now();
    for (let sent = 0; sent < packets; ) {
      const due = Math.min(packets, Math.floor(((performance.now() - startMs) * rateBps) / 8000 / 1000) + 1);
      for (; sent < due; sent++) sockets.get(socket).send(payload, port, address);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
  received: async ({ socket }) => ({ ...receipts.get(socket), dropped: droppedAt(sockets.get(socket).address().port) }),
  /** Round trips to a reflecting socket, one after the other. */
  roundTrips: async ({ address, port, count }) => {
    const socket = dgram.createSocket("udp4");
    const ms = [];
    for (let i = 0; i < count; i++) {
      const startMs = performance.now();
      socket.send("?", port, address);
      await new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error("no answer in 5 s")), 5000);
        socket.once("message", () => {
          clearTimeout(limit);
          resolve();
        });
      });
      ms.push(performance.now() - startMs);
    }
    socket.close();
    return { ms };
  },
  listen: async ({ port }) => {
    const server = net.createServer((socket) => socket.end());
    await new Promise((resolve) => server.listen(port, resolve));
  },
  connect: ({ address, port, timeoutMs }) =>
    new Promise((resolve) => {
      const socket = net.connect(port, address);
      const settle = (came) => {
        socket.destroy();
        resolve({ came });
      };
      socket.setTimeout(timeoutMs, () => settle("silence"));
      socket.once("connect", () => settle("connected"));
      socket.once("error", (error) => settle(error.code));
    }),
};

const orders = createInterface(process.stdin);
orders.on("line", (line) => {
  const order = JSON.parse(line);
  deeds[order.do](order).then(
    (result) => say({ answer: order.id, result: result ?? {} }),
    (error) => say({ answer: order.id, failed: String(error) }),
  );
});
orders.on("close", () => process.exit(0));
