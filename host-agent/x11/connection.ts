import { connect as connectTcp } from "node:net";
import x11 from "x11/lib/index.js";
import { HostError } from "../errors.ts";
import type { X11Client, X11Display, X11Screen } from "./client.ts";
import type { X11EventByName } from "./events.ts";
import type { X11Extensions } from "./extensions.ts";
import { cookieFileTrouble, displayAddress, explainRefusal } from "./refusal.ts";
import type { Reply } from "./reply.ts";

const OPEN_LIMIT_MS = 5000;
const CLOSE_LIMIT_MS = 1000;
/** Longer than any program holds the server for itself; a display that is silent for so long is hung. */
const ANSWER_LIMIT_MS = 30_000;

/**
 * When requests leave: each at once; or together, at the end of the turn of the event loop, in one write, for an owner whose
 * questions are several at a time: a write of its own for each would take longer than they do.
 */
export type Leaving = "at once" | "together";

/** The display went away while an answer was awaited. */
export class X11Closed extends Error {
  override readonly name = "X11Closed";
}

type Listener = (event: never) => void;

/**
 * One connection to an X display, for one owner. Bad requests without a callback end up in `onRequestError` and nowhere
 * else: an asynchronous X error (a window that vanished meanwhile) is everyday business and must not end the program.
 */
export class X11Connection {
  /** The name it was opened under, such as `:0`. */
  readonly displayName: string;
  readonly display: X11Display;
  readonly client: X11Client;
  readonly screen: X11Screen;
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly closedListeners = new Set<() => void>();
  private readonly requestErrorListeners = new Set<(error: Error) => void>();
  /** Who is to be told that no answer will come, and when each asked; oldest first. */
  private readonly waiting = new Map<(error: X11Closed) => void, number>();
  /** One for all of them, set anew when it fires: one for each would take longer than the answer. */
  private limit: NodeJS.Timeout | undefined;
  private isClosed: boolean = false;

  constructor(displayName: string, display: X11Display, screen: X11Screen) {
    this.displayName = displayName;
    this.display = display;
    this.client = display.client;
    this.screen = screen;
    this.client.on("event", (event: { readonly name?: string }) => this.dispatch(event));
    this.client.on("error", (error: Error) => {
      for (const listener of [...this.requestErrorListeners]) listener(error);
    });
    // Both are listened to: a stream that errors closes without 'end'.
    this.client.on("end", () => this.noteClosed());
    this.client.stream?.on("close", () => this.noteClosed());
  }

  get root(): number {
    return this.screen.root;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  /** Requests sent so far: the measure of being idle. */
  get requestCount(): number {
    return this.client.seq_num;
  }

  /**
   * Turns a request with a reply into a promise: `ask<X11Pointer>((reply) => client.QueryPointer(root, reply))`.
   * @throws X11Closed, or the server's error for this request
   */
  ask<T>(send: (reply: Reply<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.isClosed) {
        reject(new X11Closed(`The X display ${this.displayName} is closed.`));
        return;
      }
      this.waiting.set(reject, performance.now());
      this.limit ??= setTimeout(() => this.limitReached(), ANSWER_LIMIT_MS);
      send((error, value) => {
        this.waiting.delete(reject);
        if (error) reject(error);
        else resolve(value);
        return true;
      });
    });
  }

  /** @throws Error when the server lacks the extension */
  extension<Name extends keyof X11Extensions>(name: Name): Promise<X11Extensions[Name]> {
    return this.ask<X11Extensions[Name]>((reply) => this.client.require(name, reply));
  }

  /** Waits until the server has carried out everything sent so far. */
  async settled(): Promise<void> {
    await this.ask((reply) => this.client.GetInputFocus(reply));
  }

  /** @returns the call that ends the subscription */
  onEvent<Name extends keyof X11EventByName>(name: Name, listener: (event: X11EventByName[Name]) => void): () => void {
    const set = this.listeners.get(name) ?? new Set<Listener>();
    this.listeners.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Called once, whoever ended the connection. */
  onClosed(listener: () => void): () => void {
    this.closedListeners.add(listener);
    return () => this.closedListeners.delete(listener);
  }

  onRequestError(listener: (error: Error) => void): () => void {
    this.requestErrorListeners.add(listener);
    return () => this.requestErrorListeners.delete(listener);
  }

  /** Sends what is buffered and ends the connection. Idempotent. */
  async close(): Promise<void> {
    const stream = this.client.stream;
    if (stream === undefined || stream.destroyed) {
      this.noteClosed();
      return;
    }
    await new Promise<void>((resolve) => {
      // A server that hangs never answers our end with its own.
      const limit = setTimeout(() => stream.destroy(), CLOSE_LIMIT_MS);
      stream.once("close", () => {
        clearTimeout(limit);
        resolve();
      });
      this.client.terminate();
    });
    this.noteClosed();
  }

  private limitReached(): void {
    this.limit = undefined;
    const [askedMs] = this.waiting.values();
    if (askedMs === undefined) return;
    const leftMs = askedMs + ANSWER_LIMIT_MS - performance.now();
    if (leftMs > 0) this.limit = setTimeout(() => this.limitReached(), leftMs);
    else this.client.stream?.destroy();
  }

  private dispatch(event: { readonly name?: string }): void {
    if (event.name === undefined) return;
    const set = this.listeners.get(event.name);
    if (set === undefined) return;
    // The name picks the shape (X11EventByName), which the compiler cannot follow through a map.
    for (const listener of [...set]) listener(event as never);
  }

  private noteClosed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.limit);
    const closed = new X11Closed(`The X display ${this.displayName} closed the connection.`);
    for (const giveUp of this.waiting.keys()) giveUp(closed);
    this.waiting.clear();
    for (const listener of [...this.closedListeners]) listener();
  }
}

/**
 * Opens an X display.
 * @param display a name such as `:0` or `host:10.0`; undefined: $DISPLAY
 * @param sharedMemory false: a connection that never tries to pass descriptors
 * @param leaving when what is asked over it leaves
 * @throws HostError `display-not-openable`
 */
export async function openX11(
  display: string | undefined,
  sharedMemory = true,
  leaving: Leaving = "at once",
): Promise<X11Connection> {
  const name = display ?? process.env.DISPLAY;
  if (name === undefined || name === "") {
    throw new HostError(
      "display-not-openable",
      "No X display is named: neither --display nor $DISPLAY is set.",
      "Run this inside the desktop session, or pass --display :0.",
    );
  }
  const address = displayAddress(name);
  const trouble = await cookieFileTrouble();
  if (trouble !== undefined) throw trouble;
  // A host that swallows packets would leave the package's socket connecting for minutes with nobody to end it.
  if (address.host !== "") await reachable(name, address.host, 6000 + address.number);
  return await connect(name, address.screen, sharedMemory, leaving);
}

function connect(name: string, screenNumber: number, sharedMemory: boolean, leaving: Leaving): Promise<X11Connection> {
  const bufferRequests = leaving === "together" && { flushOnReply: false };
  return new Promise((resolve, reject) => {
    let answered = false;
    const fail = (error: HostError) => {
      answered = true;
      clearTimeout(limit);
      client.stream?.destroy();
      reject(error);
    };
    const client = x11.createClient({ display: name, shm: sharedMemory, bufferRequests }, (error, opened) => {
      if (answered) return;
      const screen = opened?.screen[screenNumber];
      if (error) {
        fail(explainRefusal(name, error));
      } else if (screen === undefined) {
        fail(explainRefusal(name, new Error(`it has no screen ${screenNumber}`)));
      } else {
        answered = true;
        clearTimeout(limit);
        resolve(new X11Connection(name, opened, screen));
      }
    });
    // Until the callback, refusals come here; after it, X11Connection listens. Never without a listener: Node would exit.
    client.on("error", (error: Error) => {
      if (!answered) fail(explainRefusal(name, error));
    });
    const limit = setTimeout(() => {
      fail(explainRefusal(name, new Error(`no answer within ${OPEN_LIMIT_MS / 1000} seconds`)));
    }, OPEN_LIMIT_MS);
  });
}

function reachable(name: string, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port });
    const limit = setTimeout(() => {
      socket.destroy();
      reject(explainRefusal(name, new Error(`no answer from ${host} within ${OPEN_LIMIT_MS / 1000} seconds`)));
    }, OPEN_LIMIT_MS);
    socket.once("connect", () => {
      clearTimeout(limit);
      socket.destroy();
      resolve();
    });
    socket.once("error", (error) => {
      clearTimeout(limit);
      reject(explainRefusal(name, error));
    });
  });
}
