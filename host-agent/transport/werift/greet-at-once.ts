import { DtlsClient, type DtlsSocket, type RTCDtlsTransport } from "werift";

/** The flight of a client that has sent its ClientHello, until the server's answer is complete (RFC 6347, section 4.2.4). */
const HELLO_FLIGHT = 1;

/**
 * When a way is found, werift 0.25.2 waits 100 ms before it says its ClientHello, so that the other end has found it, too; what
 * comes too early is lost, and is said again after half a second. From here on it is said at once, and once more after those
 * 100 ms unless the answer is complete by then: who is ready need not wait, and who is not hears it when it used to. The same
 * record twice is nothing to a browser, which says ServerHello at once. (A server that asks for a cookie first, as werift's
 * does, must do so within 100 ms, or werift's client takes its second question for an error.)
 * To be called before the connection is made.
 */
export function greetAtOnce(transport: RTCDtlsTransport): void {
  transport.onStateChange.subscribe((state) => {
    // werift makes its DTLS socket after this, and in the same breath begins to wait.
    if (state === "connecting") queueMicrotask(() => greet(transport.dtls));
  });
}

function greet(dtls: DtlsSocket | undefined): void {
  // As a server it waits for the other end's.
  if (!(dtls instanceof DtlsClient)) return;
  const { socket } = dtls.transport;
  const { send } = socket;
  let hello: Buffer | undefined;
  socket.send = (datagram, to) => {
    hello ??= datagram;
    return send(datagram, to);
  };
  const connecting = dtls.connect();
  socket.send = send;
  connecting.catch(() => {
    // Expected: nobody answers. werift hears of it below.
  });
  dtls.connect = () => {
    if (hello !== undefined && dtls.dtls.flight === HELLO_FLIGHT) void send(hello).catch(() => {});
    return connecting;
  };
}
