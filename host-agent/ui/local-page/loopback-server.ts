import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { EventStreams } from "./event-streams.ts";
import { judgeRequest, type Whereabouts } from "./judge-request.ts";
import type { PageFile } from "./page-files.ts";
import { MAX_COMMAND_BYTES, type PageCommand, readPageCommand } from "./wire/page-command.ts";

/** One browser opens up to six connections per tab; programs that knock here for fun get no more. */
const MAX_CONNECTIONS = 32;
/** On loopback everything is there at once, or somebody plays. */
const REQUEST_LIMIT_MS = 5_000;
/** How often such requests are looked for; each look wakes this process. */
const CHECK_EVERY_MS = 2_000;
const SILENCE_LIMIT_MS = 30_000;
const MAX_HEADER_BYTES = 8 * 1024;
/** What is on its way when the page closes gets this long. */
const CLOSE_LIMIT_MS = 300;
/** A random port that is free on 127.0.0.1 is nearly always free on ::1; this often it may not be. */
const PORT_TRIES = 5;

/** Only our own files, nothing inline, and strings never become markup (Trusted Types, where the browser knows them). */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS: readonly (readonly [string, string])[] = [
  ["Content-Security-Policy", CONTENT_POLICY],
  ["Cache-Control", "no-store"],
  ["Referrer-Policy", "no-referrer"],
  ["X-Frame-Options", "DENY"],
  ["X-Content-Type-Options", "nosniff"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
];

export type LoopbackParts = {
  readonly token: string;
  readonly files: ReadonlyMap<string, PageFile>;
  /** What a stream that opens now is told first: one line. */
  readonly current: () => string;
  /** False: it fits nothing that is the case now, such as a question somebody else has answered. */
  readonly onCommand: (command: PageCommand) => boolean;
};

export type LoopbackServer = {
  readonly port: number;
  /** Tells every open page. One line. */
  readonly send: (message: string) => void;
  /** Takes at most CLOSE_LIMIT_MS. Idempotent. */
  readonly close: () => Promise<void>;
};

/**
 * Serves the approval page on this computer only, on a free port.
 * @throws Error of node:net when 127.0.0.1 has no port to give
 */
export async function startLoopbackServer(parts: LoopbackParts): Promise<LoopbackServer> {
  const streams = new EventStreams();
  let port = 0;
  const listener: RequestListener = (request, response) =>
    answer(request, response, { port, token: parts.token }, parts, streams);
  const servers = await listenOnBoth(listener);
  port = portOf(servers[0]);
  return {
    port,
    send: (message) => streams.send(message),
    close: async () => {
      streams.close();
      await Promise.all(servers.map(closed));
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  whereabouts: Whereabouts,
  { files, current, onCommand }: LoopbackParts,
  streams: EventStreams,
): void {
  for (const [name, value] of HEADERS) response.setHeader(name, value);
  const { method = "", url = "", headersDistinct: headers } = request;
  const verdict = judgeRequest({ method, target: url, headers }, whereabouts);
  switch (verdict.kind) {
    case "refused":
      return say(response, verdict.status, verdict.sentence);
    case "slash-missing":
      response.writeHead(308, { Location: `${url}/` }).end();
      return;
    case "events":
      if (!streams.add(response, current())) say(response, 503, "This page is open too often already.");
      return;
    case "file": {
      const file = files.get(verdict.name);
      if (file === undefined) return say(response, 404, "Nothing is here.");
      response.writeHead(200, { "Content-Type": file.contentType, "Content-Length": file.bytes.length });
      response.end(file.bytes);
      return;
    }
    case "command":
      return readBody(request, (body) => {
        if (body === undefined) return say(response, 413, `A command has at most ${MAX_COMMAND_BYTES} bytes.`);
        const command = readPageCommand(parseJson(body));
        if (command === undefined) return say(response, 400, "This is not a command.");
        if (!onCommand(command)) return say(response, 409, "Nothing to do: it was answered already, or is over.");
        response.writeHead(204).end();
      });
  }
}

/** Undefined: too long. Not called at all when the request breaks off. */
function readBody(request: IncomingMessage, done: (body: string | undefined) => void): void {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let tooLong = false;
  request.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (tooLong) return;
    if (bytes <= MAX_COMMAND_BYTES) pieces.push(piece);
    else {
      tooLong = true;
      done(undefined);
    }
  });
  request.on("end", () => {
    if (!tooLong) done(Buffer.concat(pieces).toString("utf8"));
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the schema refuses undefined.
  }
}

/** What was refused gets no second request on the same connection: the rest of it may still be on its way. */
function say(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
  response.end(`${sentence}\n`);
}

/** 127.0.0.1, and ::1 on the same port where this computer has it. */
async function listenOnBoth(listener: RequestListener): Promise<[Server, ...Server[]]> {
  for (let tries = 1; ; tries += 1) {
    const first = await listen(listener, "127.0.0.1", 0);
    try {
      return [first, await listen(listener, "::1", portOf(first))];
    } catch (error) {
      // Another program has that port on ::1: its owner must not be taken for us.
      if (!isPortBusy(error)) return [first];
      await closed(first);
      if (tries >= PORT_TRIES) throw error;
    }
  }
}

function listen(listener: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: REQUEST_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      keepAliveTimeout: REQUEST_LIMIT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    listener,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(SILENCE_LIMIT_MS);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS);
    server.close(() => {
      clearTimeout(limit);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server that listens has a port");
  return address.port;
}

function isPortBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
