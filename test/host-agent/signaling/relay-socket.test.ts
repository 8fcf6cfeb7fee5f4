import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { RelaySocket } from "../../../host-agent/signaling/relay-socket.ts";
import { issueTickets } from "../../../signaling/relay-ticket.ts";
import { ROOMY, startTestRelay, type TestRelay } from "../../signaling/running.ts";
import { freePort } from "../../support/free-port.ts";

const hostTicket = ({ secret }: Pick<TestRelay, "secret">, nowMs = Date.now()) =>
  issueTickets(secret, "7316", nowMs).host;

/** Why a connection with this ticket comes to nothing. */
function whyNot(url: string, ticket: string): Promise<string> {
  const line = new RelaySocket(url, ticket);
  onTestFinished(() => line.close());
  return new Promise((closed) => line.open({ opened: () => closed("opened"), record: () => {}, closed }));
}

describe("a host that does not get into a relay says", () => {
  it("that nobody answers there", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const why = `the relay ${url} cannot be reached: connect ECONNREFUSED ${url.slice("http://".length)}`;
    expect(await whyNot(url, "x".repeat(22))).toBe(why);
  });

  it("that something else answers there", async () => {
    const other = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
    onTestFinished(() => void other.close());
    // An address, not a pipe's name, because it listens on a port.
    const { port } = other.address() as AddressInfo;
    expect(await whyNot(`http://127.0.0.1:${port}/desk`, "x".repeat(22))).toMatch(
      /^the relay http:\/\/127\.0\.0\.1:\d+\/desk cannot be reached: .*404/,
    );
  });

  it("that nothing comes back, eight seconds later", async () => {
    const taken: Socket[] = [];
    const silent = createTcpServer((socket) => taken.push(socket));
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
    onTestFinished(() => {
      for (const socket of taken) socket.destroy();
      silent.close();
    });
    // An address, not a pipe's name, because it listens on a port.
    const { port } = silent.address() as AddressInfo;
    const startMs = performance.now();
    expect(await whyNot(`http://127.0.0.1:${port}`, "x".repeat(22))).toBe(
      `the relay http://127.0.0.1:${port} cannot be reached: timeout`,
    );
    expect(taken).toHaveLength(1);
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThan(7_900);
    expect(tookMs).toBeLessThan(11_000);
  });

  it("that the two servers share no secret", async () => {
    const relay = await startTestRelay();
    expect(await whyNot(relay.url, hostTicket({ secret: "another secret" }))).toBe(
      `the relay ${relay.url} refuses: it does not know the server's tickets: have both the same DESKBEAM_RELAY_SECRET?`,
    );
  });

  it("that their clocks differ", async () => {
    const relay = await startTestRelay();
    const old = hostTicket(relay, Date.now() - 120_000);
    expect(await whyNot(relay.url, old)).toMatch(/do both clocks agree\?$/);
  });

  it("that the room has enough of them", async () => {
    const relay = await startTestRelay({ limits: { ...ROOMY, relaysPerRoom: 0 } });
    expect(await whyNot(relay.url, hostTicket(relay))).toMatch(/too many relays run for this room already$/);
  });
});

it("a relay below a path is entered there, and says that it was closed when it ends", async () => {
  const relay = await startTestRelay({ pathPrefix: "/desk" });
  const url = `${relay.url}/desk`;
  const tickets = issueTickets(relay.secret, "7316", Date.now());
  const told: string[] = [];
  const [host, other] = [new RelaySocket(url, tickets.host), new RelaySocket(url, tickets.viewer)];
  for (const line of [host, other]) onTestFinished(() => line.close());
  host.open({ opened: () => told.push("opened"), record: () => {}, closed: (why) => told.push(why) });
  other.open({ opened: () => {}, record: () => {}, closed: () => {} });
  await expect.poll(() => told).toEqual(["opened"]);
  await relay.close();
  await expect.poll(() => told).toEqual(["opened", "the relay was closed"]);
});
