import { Conversation, type Exchange } from "./conversation.ts";
import { TokenBucket } from "./core/token-bucket.ts";
import type { EndpointSocket } from "./endpoint.ts";
import { StoreError } from "./errors.ts";
import type { Log } from "./options.ts";
import type { Roster } from "./roster.ts";
import { readClientMessage } from "./schema.ts";

/**
 * Carries one socket of SIGNALING_PATH: parses, limits and queues what it sends, and answers.
 * @param name what rooms call this socket
 */
export function carryConversation(
  exchange: Exchange,
  roster: Roster,
  socket: EndpointSocket,
  { name, address, log }: { readonly name: string; readonly address: string; readonly log: Log },
): void {
  const { limits } = exchange;
  const conversation = new Conversation(exchange, name, address);
  roster.enter(name, socket, conversation);
  const bucket = (perSecond: number, burst: number) => new TokenBucket(perSecond, burst, performance.now());
  const asViewer = bucket(limits.viewerMessagesPerSecond, limits.viewerMessageBurst);
  const asHost = bucket(limits.hostMessagesPerSecond, limits.hostMessageBurst);
  let malformed = 0;

  // One at a time and in order, because a store may take its time. The buckets bound what can wait here.
  let lastTurn: Promise<void> = Promise.resolve();
  const inTurn = (turn: () => Promise<void>, failed: () => void = () => undefined): Promise<void> => {
    lastTurn = lastTurn.then(turn).catch((error: unknown) => {
      if (error instanceof StoreError) {
        // What could not be done may have been done in part, and a signal that is missing cannot be made good: begin anew.
        exchange.doubt(error);
        failed();
      } else log("error", "a message could not be handled", { error });
      socket.disconnect(true);
    });
    return lastTurn;
  };

  socket.onAny((event: unknown, ...args: unknown[]) => {
    const allowance = conversation.isHost ? asHost : asViewer;
    if (!allowance.take(1, performance.now())) {
      // Dropping one would break the order that the two ends rely on; an end is something they can deal with.
      log("warn", "closed a socket that sent too many messages", { address });
      socket.disconnect(true);
      return;
    }
    const { message, answer } = readClientMessage(event, args);
    if (message === undefined) {
      malformed += 1;
      log("debug", "dropped a message that is not part of the protocol", { address, malformed });
      answer?.({ ok: false, error: "bad-request" });
      if (malformed >= limits.malformedPerSocket) socket.disconnect(true);
      return;
    }
    void inTurn(
      async () => {
        if (!socket.connected) return;
        const reply = await conversation.take(message);
        if (reply.do === "nothing") return;
        answer?.(reply.answer);
        if (reply.andClose === true) socket.disconnect(true);
      },
      () => answer?.({ ok: false, error: "unavailable" }),
    );
  });
  socket.once("disconnect", () =>
    roster.leave(
      name,
      inTurn(() => conversation.end()),
    ),
  );
}
