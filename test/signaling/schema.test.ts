import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClientToServerEvents, MAX_FRAME_BYTES, MAX_SIGNAL_BYTES, NONCE_BYTES } from "../../protocol/signaling.ts";
import { readClientMessage, readPictureMessage, readPicturesAuth } from "../../signaling/schema.ts";

const ownerToken = "abcdefghijklmnopqrstuv";
const nonce = new Uint8Array(NONCE_BYTES);
const answer = () => undefined;

type Requests = { [Event in keyof ClientToServerEvents]: Parameters<ClientToServerEvents[Event]>[0] };
/** One good request for each event: an event that is missing here does not compile. */
const GOOD: Requests = {
  "room.open": { room: "7316", ownerToken },
  "room.join": { room: "7316", nonce },
  "room.dismiss": { viewer: "anna" },
  "room.ice": { viewer: "anna" },
  "room.relay": {},
  signal: { peer: "host", data: new Uint8Array([1]) },
  "mjpeg.publish": { token: ownerToken },
  "mjpeg.revoke": { token: ownerToken },
};

describe("what a socket sends", () => {
  it.each(Object.entries(GOOD))("%s is understood, with and without a wish for an answer", (event, request) => {
    expect(readClientMessage(event, [request]).message).toEqual({ event, request });
    const asked = readClientMessage(event, [request, answer]);
    expect(asked.message).toEqual({ event, request });
    expect(asked.answer).toBeTypeOf("function");
  });

  it.each(Object.entries(GOOD))("%s with one field more, no request or a second argument is not", (event, request) => {
    expect(readClientMessage(event, [{ ...request, extra: 1 }]).message).toBeUndefined();
    expect(readClientMessage(event, []).message).toBeUndefined();
    expect(readClientMessage(event, [request, request]).message).toBeUndefined();
    expect(readClientMessage(event, [answer]).message).toBeUndefined();
  });

  const withFields = Object.entries(GOOD).filter(([, request]) => Object.keys(request).length > 0);
  it.each(withFields)("%s without its fields is not", (event) => {
    expect(readClientMessage(event, [{}]).message).toBeUndefined();
  });

  it("has sizes to the byte", () => {
    const join = (length: number) => readClientMessage("room.join", [{ room: "7316", nonce: new Uint8Array(length) }]);
    expect([15, 16, 17].map((length) => join(length).message !== undefined)).toEqual([false, true, false]);
    const signal = (length: number) => readClientMessage("signal", [{ peer: "host", data: new Uint8Array(length) }]);
    expect(
      [0, 1, MAX_SIGNAL_BYTES, MAX_SIGNAL_BYTES + 1].map((length) => signal(length).message !== undefined),
    ).toEqual([false, true, true, false]);
    const frame = (length: number) =>
      readPictureMessage("frame", [{ token: ownerToken, jpeg: new Uint8Array(length) }]).message !== undefined;
    expect([0, 1, MAX_FRAME_BYTES, MAX_FRAME_BYTES + 1].map(frame)).toEqual([false, true, true, false]);
  });

  it.each(["", "short", "a".repeat(21), "a".repeat(65), "../../../../etc/passwd-and-more", 7, null])(
    "%s is no token",
    (token) => {
      expect(readClientMessage("room.open", [{ ownerToken: token }]).message).toBeUndefined();
      expect(readPicturesAuth({ room: "7316", ownerToken: token })).toBeUndefined();
    },
  );

  it.each(["999", "0316", "1234567", "73 16", "７３１６", 7316])("%s is no room number to open", (room) => {
    expect(readClientMessage("room.open", [{ room, ownerToken }]).message).toBeUndefined();
  });

  it("never throws, and takes nothing that is not in the protocol", () => {
    const anything = fc.anything({ withTypedArray: true, withNullPrototype: true, withBigInt: true });
    const name = fc.oneof(fc.constantFrom(...Object.keys(GOOD), "frame", "__proto__", "constructor"), anything);
    fc.assert(
      fc.property(name, fc.array(anything, { maxLength: 3 }), (event, args) => {
        expect(readPictureMessage(event, args).message).toBeUndefined();
        expect(readPicturesAuth(args[0])).toBeUndefined();
        const { message } = readClientMessage(event, args);
        if (message !== undefined) expect(Object.keys(GOOD)).toContain(message.event);
      }),
      { numRuns: 20_000 },
    );
  }, 60_000);
});
