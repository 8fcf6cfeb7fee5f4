import { classes, type DtlsSocket, parseMessage, type RTCDtlsTransport, type RTCIceTransport } from "werift";
import { ALERT, APPLICATION_DATA, HANDSHAKE, RECORD_HEADER_BYTES, recordOpener } from "./dtls-records.ts";
import { udpSockets } from "./ice-agent.ts";

/*
 * What werift 0.25.2 takes from anybody who can send a datagram to an open port (read in its source; the tests in
 * test/security/forged-datagrams.test.ts fail without this file, and when it no longer reaches the places it guards):
 *
 *   - DTLS records in clear on a connected session. An alert, or a record of a type nobody knows, closes it; handshake
 *     messages start the handshake again over the keys in use. Epoch 1 is no protection: whether an alert is encrypted
 *     is guessed from its first two bytes.
 *   - STUN binding requests without a right MESSAGE-INTEGRITY. One changes the ICE role, after which the peer's own
 *     consent checks fail; each from another port leaves a candidate pair behind.
 *
 * It does not say where a datagram came from, so the guard goes by what a datagram proves.
 */

/** From the end of its handshake on, nothing reaches a DTLS session but what its peer has encrypted or signed. */
export function keepStrangersOut(transport: RTCDtlsTransport): void {
  let guarded = false;
  transport.onStateChange.subscribe((state) => {
    if (state !== "connected" || guarded) return;
    guarded = true;
    const { dtls } = transport;
    if (dtls === undefined) throw new Error("werift says that it is connected, and has no DTLS socket");
    takeOwnRecords(dtls, (plain) => {
      // werift takes its receiver away when it stops.
      if (typeof transport.dataReceiver === "function") transport.dataReceiver(plain);
    });
    dropUnsignedRequests(transport.iceTransport);
  });
}

/** Of all records only those that the other end has sealed. */
function takeOwnRecords(dtls: DtlsSocket, receive: (plain: Buffer) => void): void {
  const { socket } = dtls.transport;
  const take = socket.onData;
  const open = recordOpener(dtls);
  socket.onData = (datagram, from) => {
    for (const { type, bytes } of encryptedRecords(datagram)) {
      // A handshake message of epoch 1 is decrypted before it is believed; an alert is not.
      const plain = type === HANDSHAKE ? undefined : open(bytes);
      if (type === HANDSHAKE || (type === ALERT && plain !== undefined)) take(bytes, from);
      else if (plain !== undefined) receive(plain);
    }
  };
}

type DtlsRecord = { readonly type: number; readonly bytes: Buffer };

/** The records of one datagram that claim to be encrypted, and are of a type that a connected session knows. */
function encryptedRecords(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  let at = 0;
  while (datagram.length - at >= RECORD_HEADER_BYTES) {
    const end = at + RECORD_HEADER_BYTES + datagram.readUInt16BE(at + 11);
    if (end > datagram.length) break;
    const type = datagram.readUInt8(at);
    const epoch = datagram.readUInt16BE(at + 3);
    const known = type === ALERT || type === HANDSHAKE || type === APPLICATION_DATA;
    // Epoch 0 is in clear.
    if (known && epoch > 0) records.push({ type, bytes: datagram.subarray(at, end) });
    at = end;
  }
  return records;
}

function dropUnsignedRequests({ connection }: RTCIceTransport): void {
  const key = Buffer.from(connection.localPassword, "utf8");
  // Through TURN only peers arrive that this end has named to the server.
  for (const { transport } of udpSockets(connection)) {
    const take = transport.onData;
    transport.onData = (datagram, from) => {
      const isRequest = parseMessage(datagram)?.messageClass === classes.REQUEST;
      if (!isRequest || parseMessage(datagram, key) !== undefined) take(datagram, from);
    };
  }
}
