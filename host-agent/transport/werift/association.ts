import type { RTCDataChannel } from "werift";
import type { Sack } from "../../core/flight.ts";

/*
 * What of werift 0.25.2 is private and touched all the same: by sender.ts, which sends in its place, by incoming.ts, which
 * takes packets apart in its place, by acknowledge.ts, which puts right what it acknowledges, and by hand-out.ts, which hands
 * out what waited. TOUCHED names each part of it, and sender.test.ts, incoming.test.ts and hand-out.test.ts in
 * test/host-agent/transport/werift have a test for each name.
 *
 * werift still cuts messages into chunks, puts chunks into packets, and runs the association. What it keeps for its own
 * sender (cwnd, sentQueue) stays as it was. T3's handle holds our one timer: werift clears it when the association ends.
 */
export type Chunk = {
  readonly type: number;
  flags: number;
  readonly tsn: number;
  readonly bookSize: number;
  /** Of a message that fits into one chunk: the message. */
  readonly userData: Buffer;
  readonly bytes: Buffer;
};
export type ReceivedSack = Sack & { readonly advertisedRwnd: number };
/** `protocol` says what the user data is (RFC 8831, section 8). */
export type ReceivedData = {
  readonly flags: number;
  readonly tsn: number;
  readonly streamId: number;
  readonly streamSeqNum: number;
  readonly protocol: number;
  readonly userData: Buffer;
};
/** Any chunk that werift sends. */
export type Sendable = { readonly type: number; readonly bytes: Buffer; gaps?: readonly (readonly [number, number])[] };

/** What of one stream waits for what is missing: stream, protocol and user data of each message that does not. */
export type InboundStream = { popMessages: () => Generator<readonly [number, number, Buffer]> };

export type Association = {
  handleData(packet: Buffer): Promise<void>;
  readonly localVerificationTag: number;
  readonly isStopped: boolean;
  readonly localTsn: number;
  readonly outboundQueue: Chunk[];
  transmit(): Promise<void>;
  receiveSackChunk(chunk: ReceivedSack): Promise<void>;
  sendChunk(chunk: Sendable): Promise<void>;
  flightSize: number;
  rto: number;
  timer3Handle: NodeJS.Timeout | undefined;
  lastReceivedTsn: number | undefined;
  readonly sackMisOrdered: Set<number>;
  readonly sackDuplicates: number[];
  markReceived(tsn: number): boolean;
  receiveDataChunk(chunk: ReceivedData): void;
  getInboundStream(streamId: number): InboundStream;
  readonly advertisedRwnd: number;
  sackNeeded: boolean;
  sackImmediate: boolean;
  sackPacketCount: number;
  sackHasNewDataInPacket: boolean;
  scheduleSack(): Promise<void>;
  sackTimeout: NodeJS.Timeout | undefined;
};

/** What a channel is sent over. The class declares these parts private; TOUCHED is what is held against it. */
export const associationOf = (channel: RTCDataChannel): Association => channel.sctp.sctp as unknown as Association;

/** Each private part of werift's association that is touched, and what it is while nothing is connected. */
export const TOUCHED: Readonly<Record<keyof Association, "function" | "number" | "boolean" | "object" | "undefined">> =
  {
    handleData: "function",
    localVerificationTag: "number",
    isStopped: "boolean",
    localTsn: "number",
    outboundQueue: "object",
    transmit: "function",
    receiveSackChunk: "function",
    sendChunk: "function",
    flightSize: "number",
    rto: "number",
    timer3Handle: "undefined",
    lastReceivedTsn: "undefined",
    sackMisOrdered: "object",
    sackDuplicates: "object",
    markReceived: "function",
    receiveDataChunk: "function",
    getInboundStream: "function",
    advertisedRwnd: "number",
    sackNeeded: "boolean",
    sackImmediate: "boolean",
    sackPacketCount: "number",
    sackHasNewDataInPacket: "boolean",
    scheduleSack: "function",
    sackTimeout: "undefined",
  };

/** Chunk types (RFC 9260, section 3.2). */
export const DATA = 0;
export const SACK = 3;
/** In DATA's flags, the I bit (RFC 7053): the receiver is to answer at once, not after its 200 ms. */
export const IMMEDIATE = 0x08;
