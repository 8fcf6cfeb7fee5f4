import { ByteReader, ByteWriter, utf8 } from "./bytes.ts";
import type { Role } from "./control.ts";
import { CLOSE_REASONS, type CloseReason, closeReasonFromByte, ProtocolError } from "./errors.ts";
import { ICE_URL_PATTERN, iceUrls, MAX_ICE_SERVERS, MAX_ICE_TEXT_BYTES, MAX_ICE_URLS } from "./ice-server.ts";
import { type IceServer, MAX_RELAY_URL_BYTES, RELAY_TICKET_PATTERN, RELAY_URL_PATTERN } from "./signaling.ts";

/*
 * What the two ends say through the signaling server after the proof, inside a sealed box.
 *
 * introduce  u8 1 | u8 wants: 0 a sealed pipe, 1 only the unsealed picture can work | u8 length 0..64 | label UTF-8   viewer -> host
 * asking     u8 2                                          the person at the host is being asked                      host -> viewer
 * admitted   u8 3 | u8 role 0 view, 1 control | u8 path held: 0 any, 1 direct, 2 relay, 3 mjpeg | resume secret 32    host -> viewer
 * refused    u8 4 | u8 close reason                                                                                   host -> viewer
 * offer      u8 5 | u8 attempt | u8 way: 1 direct, 2 turn | u16 length | SDP UTF-8                                    viewer -> host
 * answer     u8 6 | u8 attempt | u16 length | SDP UTF-8 (empty: not this way)                                         host -> viewer
 * candidate  u8 7 | u8 attempt | u8 length | mid UTF-8 | u16 length | candidate UTF-8 (empty: no more)                both ways
 * message    u8 8 | one message (message.ts) of a pipe that runs through the signaling server                         both ways
 * want-mjpeg u8 9                                          WebRTC is missing or failed                                viewer -> host
 * mjpeg      u8 10 | u8 length | token ASCII               the picture is at /mjpeg/TOKEN (empty: it is not given)    host -> viewer
 * want-relay u8 11 | u8 attempt                            a sealed pipe through the signaling server, please         viewer -> host
 * relay      u8 12 | u8 attempt | u8 length | URL ASCII (empty: the page's own server) | u8 length | ticket ASCII
 *            both ends meet at RELAY_PATH below it (no ticket: the server offers none)                                host -> viewer
 * ice        u8 13 | u8 policy: 0 all, 1 only TURN | u8 number of servers 0..8 | servers                               host -> viewer
 *            server: u8 number of URLs 1..8 | u8 length | URL ... | u8 length | username | u8 length | credential (both empty: none)
 *
 * Answers and candidates of an attempt that was given up are ignored. The attempt is the epoch of the pipe that comes of it
 * (crypto/record.ts): each is used once, in any order.
 *
 * A direct attempt is made without TURN servers, one by TURN with nothing else at the viewer's end, beside it: werift stays
 * on the first pair that works, however bad, so the session moves from connection to connection instead.
 */
/** The one way to connect that an end holds to, or `auto`: whichever works. */
export type PathHeld = (typeof PATHS_HELD)[number];
const PATHS_HELD = ["auto", "direct", "relay", "mjpeg"] as const;

/** Which of its two kinds a WebRTC connection is. */
export type PeerWay = "direct" | "turn";

/** ICE servers as the sealed meeting carries them; credentials are the viewer's own, made for this meeting. */
export type IceServers = { readonly policy: "all" | "relay"; readonly servers: readonly IceServer[] };

/** Where the viewer meets its host for a sealed pipe, and what lets it in. Without a ticket there is none. */
export type RelayInvitation = {
  /** Empty: the server that its page came from. */
  readonly url: string;
  readonly ticket: string;
};

export type MeetingMessage =
  | { readonly kind: "introduce"; readonly label: string; readonly onlyMjpeg: boolean }
  | { readonly kind: "asking" }
  | {
      readonly kind: "admitted";
      readonly role: Role;
      readonly path: PathHeld;
      readonly resumeSecret: Uint8Array;
    }
  | { readonly kind: "refused"; readonly reason: CloseReason }
  | { readonly kind: "offer"; readonly attempt: number; readonly way: PeerWay; readonly sdp: string }
  | { readonly kind: "answer"; readonly attempt: number; readonly sdp: string }
  | { readonly kind: "candidate"; readonly attempt: number; readonly mid: string; readonly candidate: string }
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  | { readonly kind: "want-mjpeg" }
  | { readonly kind: "mjpeg"; readonly token: string }
  | { readonly kind: "want-relay"; readonly attempt: number }
  | ({ readonly kind: "relay"; readonly attempt: number } & RelayInvitation)
  | ({ readonly kind: "ice" } & IceServers);

export const RESUME_SECRET_BYTES = 32;
const MAX_LABEL_BYTES = 64;
const MAX_SDP_BYTES = 16 * 1024;
const MAX_CANDIDATE_BYTES = 1024;

export function encodeMeeting(message: MeetingMessage): Uint8Array {
  const writer = new ByteWriter(64);
  switch (message.kind) {
    case "introduce": {
      const label = utf8(message.label);
      return writer
        .u8(1)
        .u8(message.onlyMjpeg ? 1 : 0)
        .u8(label.length)
        .raw(label)
        .finish();
    }
    case "asking":
      return writer.u8(2).finish();
    case "admitted":
      writer
        .u8(3)
        .u8(message.role === "control" ? 1 : 0)
        .u8(PATHS_HELD.indexOf(message.path));
      return writer.raw(message.resumeSecret).finish();
    case "refused":
      return writer.u8(4).u8(CLOSE_REASONS[message.reason]).finish();
    case "offer": {
      const sdp = utf8(message.sdp);
      writer
        .u8(5)
        .u8(message.attempt)
        .u8(message.way === "direct" ? 1 : 2);
      return writer.u16(sdp.length).raw(sdp).finish();
    }
    case "answer": {
      const sdp = utf8(message.sdp);
      return writer.u8(6).u8(message.attempt).u16(sdp.length).raw(sdp).finish();
    }
    case "candidate": {
      const mid = utf8(message.mid);
      const candidate = utf8(message.candidate);
      writer.u8(7).u8(message.attempt).u8(mid.length).raw(mid);
      return writer.u16(candidate.length).raw(candidate).finish();
    }
    case "message":
      return writer.u8(8).raw(message.bytes).finish();
    case "want-mjpeg":
      return writer.u8(9).finish();
    case "mjpeg": {
      const token = utf8(message.token);
      return writer.u8(10).u8(token.length).raw(token).finish();
    }
    case "want-relay":
      return writer.u8(11).u8(message.attempt).finish();
    case "relay": {
      const [url, ticket] = [utf8(message.url), utf8(message.ticket)];
      writer.u8(12).u8(message.attempt);
      return writer.u8(url.length).raw(url).u8(ticket.length).raw(ticket).finish();
    }
    case "ice":
      writer
        .u8(13)
        .u8(message.policy === "relay" ? 1 : 0)
        .u8(message.servers.length);
      for (const server of message.servers) writeIceServer(writer, server);
      return writer.finish();
  }
}

/** What `iceProblem` finds nothing wrong with fits. */
function writeIceServer(writer: ByteWriter, server: IceServer): void {
  const urls = iceUrls(server);
  const { username = "", credential = "" } = server;
  writer.u8(urls.length);
  for (const text of [...urls, username, credential]) {
    const bytes = utf8(text);
    writer.u8(bytes.length).raw(bytes);
  }
}

export function decodeMeeting(bytes: Uint8Array): MeetingMessage {
  const reader = new ByteReader(bytes);
  const message = readBody(reader.u8(), reader);
  reader.end();
  return message;
}

function readBody(type: number, reader: ByteReader): MeetingMessage {
  switch (type) {
    case 1: {
      const onlyMjpeg = readBit(reader);
      return { kind: "introduce", onlyMjpeg, label: readText(reader, reader.u8(), MAX_LABEL_BYTES) };
    }
    case 2:
      return { kind: "asking" };
    case 3: {
      const role = readBit(reader) ? "control" : "view";
      return { kind: "admitted", role, path: readPath(reader.u8()), resumeSecret: reader.raw(RESUME_SECRET_BYTES) };
    }
    case 4:
      return { kind: "refused", reason: closeReasonFromByte(reader.u8()) };
    case 5: {
      const attempt = reader.u8();
      return { kind: "offer", attempt, way: readWay(reader.u8()), sdp: readSdp(reader) };
    }
    case 6:
      return { kind: "answer", attempt: reader.u8(), sdp: readSdp(reader) };
    case 7: {
      const attempt = reader.u8();
      const mid = readText(reader, reader.u8(), 32);
      return { kind: "candidate", attempt, mid, candidate: readText(reader, reader.u16(), MAX_CANDIDATE_BYTES) };
    }
    case 8:
      return { kind: "message", bytes: reader.rest() };
    case 9:
      return { kind: "want-mjpeg" };
    case 10:
      return { kind: "mjpeg", token: readTokenOrNone(reader) };
    case 11:
      return { kind: "want-relay", attempt: reader.u8() };
    case 12: {
      const attempt = reader.u8();
      const url = readText(reader, reader.u8(), MAX_RELAY_URL_BYTES);
      const ticket = readText(reader, reader.u8(), 128);
      if (url !== "" && !RELAY_URL_PATTERN.test(url)) throw new ProtocolError("bad-text", "a relay's URL");
      if (ticket !== "" && !RELAY_TICKET_PATTERN.test(ticket)) throw new ProtocolError("bad-text", "a ticket");
      return { kind: "relay", attempt, url, ticket };
    }
    case 13: {
      const policy = readBit(reader) ? "relay" : "all";
      const count = reader.u8();
      if (count > MAX_ICE_SERVERS) throw new ProtocolError("too-large", `${count} ICE servers`);
      const servers: IceServer[] = [];
      for (let index = 0; index < count; index++) servers.push(readIceServer(reader));
      return { kind: "ice", policy, servers };
    }
    default:
      throw new ProtocolError("unknown-type", `meeting message ${type}`);
  }
}

function readIceServer(reader: ByteReader): IceServer {
  const count = reader.u8();
  if (count < 1 || count > MAX_ICE_URLS) throw new ProtocolError("out-of-range", `${count} URLs of an ICE server`);
  const urls: string[] = [];
  for (let index = 0; index < count; index++) {
    const url = readText(reader, reader.u8(), MAX_ICE_TEXT_BYTES);
    if (!ICE_URL_PATTERN.test(url)) throw new ProtocolError("bad-text", "an ICE server's URL");
    urls.push(url);
  }
  const username = readText(reader, reader.u8(), MAX_ICE_TEXT_BYTES);
  const credential = readText(reader, reader.u8(), MAX_ICE_TEXT_BYTES);
  return username === "" && credential === "" ? { urls } : { urls, username, credential };
}

function readWay(byte: number): PeerWay {
  if (byte !== 1 && byte !== 2) throw new ProtocolError("unknown-type", `way ${byte}`);
  return byte === 1 ? "direct" : "turn";
}

function readSdp(reader: ByteReader): string {
  const length = reader.u16();
  if (length > MAX_SDP_BYTES) throw new ProtocolError("too-large", `SDP of ${length} bytes`);
  return reader.text(length);
}

function readPath(byte: number): PathHeld {
  const path = PATHS_HELD[byte];
  if (path === undefined) throw new ProtocolError("unknown-type", `path ${byte}`);
  return path;
}

function readBit(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new ProtocolError("out-of-range", `flag ${byte}`);
  return byte === 1;
}

/** A token becomes part of an address: nothing else gets there with it. Empty: what was asked for is not given. */
function readTokenOrNone(reader: ByteReader): string {
  const length = reader.u8();
  if (length === 0) return "";
  const token = readText(reader, length, 64);
  if (!/^[A-Za-z0-9_-]{16,64}$/.test(token)) throw new ProtocolError("bad-text", "a token");
  return token;
}

function readText(reader: ByteReader, length: number, maxBytes: number): string {
  if (length > maxBytes) throw new ProtocolError("too-large", `text of ${length} bytes`);
  const text = reader.text(length);
  if (/\p{Cc}/u.test(text)) throw new ProtocolError("bad-text", "control characters");
  return text;
}
