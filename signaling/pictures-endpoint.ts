import { type Exchange, ownsRoom } from "./conversation.ts";
import type { Endpoint, EndpointSocket } from "./endpoint.ts";
import type { MjpegStreams } from "./mjpeg.ts";
import type { Log } from "./options.ts";
import { readPictureMessage, readPicturesAuth } from "./schema.ts";

/** Takes frames from the hosts of rooms, on PICTURES_PATH. */
export function takePictures(endpoint: Endpoint, exchange: Exchange, streams: MjpegStreams, log: Log): void {
  const rooms = new WeakMap<EndpointSocket, string>();

  endpoint.use((socket, next) => {
    provenRoom(exchange, socket.handshake.auth).then(
      (room) => {
        if (room === undefined) return next(new Error("bad-request"));
        rooms.set(socket, room);
        next();
      },
      (error: unknown) => {
        log("error", "could not look up a room", { error });
        next(new Error("busy"));
      },
    );
  });

  endpoint.on("connection", (socket) => {
    const room = rooms.get(socket);
    let malformed = 0;
    socket.onAny((event: unknown, ...args: unknown[]) => {
      const { message, answer } = readPictureMessage(event, args);
      if (message === undefined || room === undefined) {
        malformed += 1;
        answer?.({ ok: false });
        if (malformed >= exchange.limits.malformedPerSocket) socket.disconnect(true);
        return;
      }
      const { token, jpeg } = message.request;
      streams.offer(room, token, jpeg).then(
        (reply) => answer?.(reply),
        (error: unknown) => {
          log("error", "a picture could not be handled", { error });
          socket.disconnect(true);
        },
      );
    });
  });
}

/** The room whose host this is: only somebody who holds its owner token may say what is seen there. */
async function provenRoom(exchange: Exchange, auth: unknown): Promise<string | undefined> {
  const claim = readPicturesAuth(auth);
  if (claim === undefined) return undefined;
  return (await ownsRoom(exchange, claim)) ? claim.room : undefined;
}
