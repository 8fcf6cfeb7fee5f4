import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { DtlsClient, RTCPeerConnection } from "werift";
import { greetAtOnce } from "../../../../host-agent/transport/werift/greet-at-once.ts";
import { askNoStunServer } from "../../../../host-agent/transport/werift/ice-agent.ts";
import { offeringBrowser } from "./offering-browser.ts";

/* RFC 6347, sections 4.1 and 4.2.2: a record's header of 13 bytes, which begins with its type, then the message's. */
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER_BYTES = 13;

/** The DTLS transport of one that answers a browser, to be started as if a way were found; what it sends goes nowhere. */
async function transportWithAWay() {
  const connection = new RTCPeerConnection({ iceServers: [] });
  onTestFinished(() => connection.close());
  connection.createDataChannel("deskbeam", { negotiated: true, id: 0 });
  await connection.setRemoteDescription({ type: "offer", sdp: (await offeringBrowser()).offer });
  await connection.createAnswer();
  const [transport] = connection.dtlsTransports;
  if (transport === undefined) throw new Error("werift has made no transport");
  const ice = transport.iceTransport.connection;
  askNoStunServer(ice);
  const sent: Buffer[] = [];
  ice.send = async (datagram) => {
    sent.push(datagram);
  };
  greetAtOnce(transport);
  return {
    transport,
    sent,
    begin: () => {
      // Expected: nobody answers.
      transport.start().catch(() => {});
    },
  };
}

/** All that has been sent when werift has found for itself that it is time to begin. */
async function sentUntilWeriftBegins(dtls: unknown, sent: readonly Buffer[]): Promise<readonly Buffer[]> {
  if (!(dtls instanceof DtlsClient)) throw new Error("not a client");
  const { connect } = dtls;
  return await new Promise((resolve) => {
    dtls.connect = () => {
      const connecting = connect();
      resolve([...sent]);
      return connecting;
    };
  });
}

it("says its ClientHello as soon as there is a way, and once more where nobody has answered it when werift would", async () => {
  const { transport, sent, begin } = await transportWithAWay();
  begin();
  await nextTurn();
  expect(sent.map((datagram) => [datagram[0], datagram[RECORD_HEADER_BYTES]])).toEqual([[HANDSHAKE, CLIENT_HELLO]]);
  const [first, second, ...more] = await sentUntilWeriftBegins(transport.dtls, sent);
  expect(second).toEqual(first);
  expect(more).toEqual([]);
});

it("says it once where an answer has come meanwhile", async () => {
  const { transport, sent, begin } = await transportWithAWay();
  begin();
  await nextTurn();
  // As flight 5 does, which answers the server's.
  if (transport.dtls !== undefined) transport.dtls.dtls.flight = 5;
  expect(await sentUntilWeriftBegins(transport.dtls, sent)).toHaveLength(1);
});

it("says nothing as a server, which is greeted", async () => {
  const { transport, sent, begin } = await transportWithAWay();
  transport.role = "server";
  begin();
  await nextTurn();
  expect(transport.dtls).not.toBeInstanceOf(DtlsClient);
  expect(sent).toEqual([]);
});
