import { describe, expect, it, onTestFinished, vi } from "vitest";
import { nodeAead } from "../../../host-agent/aead/node.ts";
import { RelaySocket } from "../../../host-agent/signaling/relay-socket.ts";
import { RelayPipe } from "../../../host-agent/transport/relay-pipe.ts";
import { SealedPipe } from "../../../protocol/crypto/sealed-pipe.ts";
import { transcriptHash } from "../../../protocol/crypto/transcript.ts";
import type { MeetingMessage } from "../../../protocol/meeting.ts";
import { Link, type LinkRequest, type OpenLink } from "../../../viewer/connect/link.ts";
import { ConnectReport } from "../../../viewer/core/connect-report.ts";
import type { LinkFailure } from "../../../viewer/core/link-failure.ts";
import { askForRelay, nextEvent, openRoom, startTestServer, type TestHost } from "../../signaling/running.ts";
import { linkSetting } from "../../support/link-setting.ts";
import { answerTheDoor, LINK_SECRET, RESUME_SECRET, type Visit } from "./host-at-the-door.ts";

/*
 * The viewer's own code in Node against a real server and the host's own meeting code. Node has no RTCPeerConnection,
 * so this is also how the viewer fares in a browser without WebRTC; with it, see test/e2e.
 */
const LIMIT = { timeout: 5_000 };
const TOKEN = "0123456789abcdefghijkl";
const admitted: MeetingMessage = { kind: "admitted", role: "control", path: "auto", resumeSecret: RESUME_SECRET };

type Course = { readonly seen: string[]; open: OpenLink | undefined; failure: LinkFailure | undefined; link: Link };

function startLink(server: { url: string }, request: Partial<LinkRequest> & { room: string }, prefix = ""): Course {
  const seen: string[] = [];
  const course: Course = {
    seen,
    open: undefined,
    failure: undefined,
    link: new Link(
      {
        ...linkSetting(`${server.url}${prefix}`),
        proof: { mode: "link", secret: LINK_SECRET },
        hurry: false,
        ...request,
      },
      {
        asking: () => seen.push("asking"),
        progress: (stage) => seen.push(stage),
        admitted: (secret) => seen.push(`admitted ${secret.length}`),
        open: (open) => {
          course.open = open;
        },
        failed: (failure) => {
          course.failure = failure;
        },
        hostPresent: (present) => seen.push(`host ${present}`),
      },
    ),
  };
  onTestFinished(() => course.link.close());
  void course.link.start();
  return course;
}

/** A host that lets in at once and offers its picture as MJPEG. */
const welcoming = (message: MeetingMessage, { meeting }: Visit) => {
  if (message.kind === "introduce") meeting.send(admitted);
  if (message.kind === "want-mjpeg") meeting.send({ kind: "mjpeg", token: TOKEN });
  if (message.kind === "message") meeting.send({ kind: "message", bytes: Uint8Array.of(...message.bytes, 99) });
};

async function meetWith(answer: (message: MeetingMessage, visit: Visit) => void, request: Partial<LinkRequest> = {}) {
  const server = await startTestServer();
  const host = await openRoom(server);
  const door = answerTheDoor(host, answer);
  return { server, host, door, course: startLink(server, { room: host.room, ...request }) };
}

const failureOf = async (course: Course): Promise<LinkFailure | undefined> => {
  await vi.waitFor(() => expect(course.failure).toBeDefined(), LIMIT);
  expect(course.open).toBeUndefined();
  return course.failure;
};

/** The host's end of a relay at this server, sealed as the meeting proved it; answers what it hears. */
async function openHostRelay(
  server: { url: string },
  host: TestHost,
  { meeting }: Visit,
  attempt: number,
  firstWord?: Uint8Array,
) {
  const tickets = await askForRelay(host);
  const inner = new RelayPipe(new RelaySocket(server.url, tickets.host));
  const { proven } = meeting;
  if (proven === undefined) throw new Error("nothing is proven");
  const transcript = transcriptHash(proven.transcript, { kind: "relay", epoch: attempt });
  const seal = { side: "host", keys: proven.keys, transcript, epoch: attempt, openAead: nodeAead } as const;
  const pipe = new SealedPipe(inner, seal);
  onTestFinished(() => pipe.close());
  pipe.listen({
    opened: () => firstWord !== undefined && pipe.send(firstWord),
    message: (bytes) => pipe.send(Uint8Array.of(...bytes, 99)),
    closed: () => {},
  });
  meeting.send({ kind: "relay", attempt, url: "", ticket: tickets.viewer });
}

describe("a link through the relay", () => {
  const config = Promise.resolve({ iceServers: [], mjpeg: true, relay: true });

  /** A host that lets in at once and answers the wish for a relay. */
  async function meetAtRelay(
    answer: (visit: Visit, attempt: number, server: { url: string }, host: TestHost) => void,
    path: LinkRequest["path"],
  ) {
    const server = await startTestServer();
    const host = await openRoom(server);
    const door = answerTheDoor(host, (message, visit) => {
      if (message.kind === "want-relay") answer(visit, message.attempt, server, host);
      else welcoming(message, visit);
    });
    return { server, door, course: startLink(server, { room: host.room, config, path }) };
  }

  /** As where a policy forbids it: the browser has WebRTC, and refuses every connection. */
  const forbidWebRtc = () => {
    class Forbidden {
      constructor() {
        throw new DOMException("forbidden by policy", "UnknownError");
      }
    }
    vi.stubGlobal("RTCPeerConnection", Forbidden);
    onTestFinished(() => void vi.unstubAllGlobals());
  };

  it.each(["auto", "relay"] as const)("opens sealed, with path=%s, where WebRTC finds no way", async (path) => {
    forbidWebRtc();
    const { door, course } = await meetAtRelay((visit, attempt, server, host) => {
      void openHostRelay(server, host, visit, attempt);
    }, path);
    await vi.waitFor(() => expect(course.open).toBeDefined(), LIMIT);
    expect(course.open?.pipe.path).toBe("relay");
    expect(course.open?.pictureUrl).toBeUndefined();
    expect(door.visits[0]?.said[0]).toMatchObject({ kind: "introduce", onlyMjpeg: false });
    const heard: number[][] = [];
    course.open?.listen({ message: (bytes) => heard.push([...bytes]), closed: () => heard.push([-1]) });
    course.open?.pipe.send(Uint8Array.of(7));
    await vi.waitFor(() => expect(heard).toEqual([[7, 99]]), LIMIT);
  });

  it("ends a pipe on which the host speaks while nobody listens", async () => {
    forbidWebRtc();
    const { course } = await meetAtRelay((visit, attempt, server, host) => {
      void openHostRelay(server, host, visit, attempt, Uint8Array.of(1));
    }, "relay");
    await vi.waitFor(() => expect(course.open?.pipe.state).toBe("closed"), LIMIT);
  });

  const none = (visit: Visit, attempt: number) => visit.meeting.send({ kind: "relay", attempt, url: "", ticket: "" });
  const wrong = (visit: Visit, attempt: number) =>
    visit.meeting.send({ kind: "relay", attempt, url: "", ticket: TOKEN });
  /** In the shape of an address, but there is no such port. */
  const nowhere = (visit: Visit, attempt: number) =>
    visit.meeting.send({ kind: "relay", attempt, url: "https://relay.example:99999", ticket: TOKEN });

  it.each([
    ["the server offers none", none],
    ["its ticket is not taken", wrong],
    ["it is where nothing can be", nowhere],
  ])("gives way to the picture stream when %s", async (_, answer) => {
    forbidWebRtc();
    const { course } = await meetAtRelay(answer, "auto");
    await vi.waitFor(() => expect(course.open?.pipe.path).toBe("mjpeg"), LIMIT);
  });

  it.each([
    ["the server offers none", none, { kind: "refused", reason: "path-refused" }],
    ["its ticket is not taken", wrong, { kind: "no-path" }],
    ["it is where nothing can be", nowhere, { kind: "no-path" }],
  ])("is given up when it is forced and %s", async (_, answer, failure) => {
    const { door, course } = await meetAtRelay(answer, "relay");
    expect(await failureOf(course)).toEqual(failure);
    expect(door.visits[0]?.said.map((message) => message.kind)).toEqual(["introduce", "want-relay"]);
  });

  it("takes one ticket of an attempt: a second pipe would use every nonce again", async () => {
    const { course } = await meetAtRelay((visit, attempt, server, host) => {
      void openHostRelay(server, host, visit, attempt).then(() => wrong(visit, attempt));
    }, "relay");
    await vi.waitFor(() => expect(course.open).toBeDefined(), LIMIT);
    const heard: number[][] = [];
    course.open?.listen({ message: (bytes) => heard.push([...bytes]), closed: () => heard.push([-1]) });
    course.open?.pipe.send(Uint8Array.of(7));
    await vi.waitFor(() => expect(heard).toEqual([[7, 99]]), LIMIT);
  });

  it("takes no ticket of an attempt it did not make", async () => {
    const { course } = await meetAtRelay((visit, attempt) => {
      wrong(visit, attempt + 1);
      none(visit, attempt);
    }, "relay");
    expect(await failureOf(course)).toEqual({ kind: "refused", reason: "path-refused" });
  });
});

describe("a link to the host", () => {
  it("leads from a room number and a secret to a picture and a sealed pipe, without WebRTC", async () => {
    const { server, door, course } = await meetWith(welcoming);
    await vi.waitFor(() => expect(course.open).toBeDefined(), LIMIT);
    expect(course.open).toMatchObject({ role: "control", pictureUrl: `${server.url}/mjpeg/${TOKEN}` });
    expect(course.open?.pipe.path).toBe("mjpeg");
    expect(course.seen).toEqual(["admitted 32", "ways", "picture"]);
    expect(door.visits[0]?.said[0]).toEqual({ kind: "introduce", label: "Firefox on Linux", onlyMjpeg: true });
  });

  it("carries messages both ways", async () => {
    const { course } = await meetWith(welcoming);
    await vi.waitFor(() => expect(course.open).toBeDefined(), LIMIT);
    const heard: number[][] = [];
    course.open?.listen({ message: (bytes) => heard.push([...bytes]), closed: () => heard.push([-1]) });
    course.open?.pipe.send(Uint8Array.of(7));
    await vi.waitFor(() => expect(heard).toEqual([[7, 99]]), LIMIT);
  });

  it("finds the server under a path prefix", async () => {
    const server = await startTestServer({ pathPrefix: "/beam" });
    const course = startLink(server, { room: "9999" }, "/beam");
    expect(await failureOf(course)).toEqual({ kind: "problem", problem: "no-such-room" });
  });

  it("says that the person at the host is being asked, and what came of it", async () => {
    const { course } = await meetWith((message, { meeting }) => {
      if (message.kind !== "introduce") return;
      meeting.send({ kind: "asking" });
      meeting.refuse("denied");
    });
    expect(await failureOf(course)).toEqual({ kind: "refused", reason: "denied" });
    expect(course.seen).toEqual(["asking"]);
  });

  it("fails on the proof when the secret is another one", async () => {
    const secret = new Uint8Array(16).fill(8);
    const { course, door } = await meetWith(welcoming, { proof: { mode: "link", secret } });
    expect(await failureOf(course)).toEqual({ kind: "refused", reason: "wrong-code" });
    expect(door.visits[0]?.said).toEqual([]);
  });

  it("fails without spending a guess when the host takes no codes any more", async () => {
    const { course } = await meetWith(welcoming, { proof: { mode: "code", secret: new Uint8Array(8) } });
    expect(await failureOf(course)).toEqual({ kind: "refused", reason: "expired" });
  });

  it("says that there is no such room", async () => {
    const server = await startTestServer();
    expect(await failureOf(startLink(server, { room: "9999" }))).toEqual({ kind: "problem", problem: "no-such-room" });
  });

  it("says that the server cannot be reached", async () => {
    const server = await startTestServer();
    await server.close();
    const course = startLink(server, { room: "1234" });
    expect(await failureOf(course)).toEqual({ kind: "problem", problem: "server-unreachable" });
  });

  it("says that the host allows no unsealed picture", async () => {
    const refusing = (message: MeetingMessage, { meeting }: Visit) => {
      if (message.kind === "introduce") meeting.send(admitted);
      if (message.kind === "want-mjpeg") meeting.refuse("path-refused");
    };
    expect(await failureOf((await meetWith(refusing)).course)).toEqual({ kind: "mjpeg-refused" });
  });

  it.each(["host-stopped", "kicked"] as const)(
    "says that it was let in and then %s, while it looked for a way",
    async (reason) => {
      const { course } = await meetWith((message, { meeting }) => {
        if (message.kind === "introduce") meeting.send(admitted);
        if (message.kind === "want-mjpeg") meeting.refuse(reason);
      });
      expect(await failureOf(course)).toEqual({ kind: "refused", reason });
    },
  );

  it.each<[string, Partial<LinkRequest>]>([
    ["and the server carries nothing", { config: Promise.resolve({ iceServers: [], mjpeg: false, relay: false }) }],
    ["and only a direct path is wanted", { path: "direct" }],
  ])("says that the browser has no WebRTC %s, before the host hears of it", async (_, request) => {
    const report = new ConnectReport();
    const { course, door } = await meetWith(welcoming, { ...request, report });
    expect(await failureOf(course)).toEqual({ kind: "no-webrtc" });
    const { server, code, direct } = report.snapshot.steps;
    expect([server, code, direct]).toMatchObject([{ at: "ok" }, { at: "waiting" }, { reason: "no-webrtc" }]);
    expect(door.visits).toEqual([]);
  });

  it("ends when the host says what only a viewer can say", async () => {
    const { course } = await meetWith((_, { meeting }) => meeting.send({ kind: "want-mjpeg" }));
    expect(await failureOf(course)).toEqual({ kind: "refused", reason: "protocol-error" });
  });

  it("does not believe a refusal that the server makes up after the proof", async () => {
    const { host, course } = await meetWith((message, visit) => {
      if (message.kind === "introduce") forge();
      welcoming(message, visit);
    });
    let viewer = "";
    host.client.on("room.knock", (knock) => {
      viewer = knock.viewer;
    });
    // refused, kicked: see protocol/handshake-message.ts
    const forge = () => host.client.emit("signal", { peer: viewer, data: Uint8Array.of(6, 2) });
    await vi.waitFor(() => expect(course.open).toBeDefined(), LIMIT);
    expect(course.failure).toBeUndefined();
  });

  it("loses its pipe with the server, since the pipe runs through it", async () => {
    const { server, course } = await meetWith(welcoming);
    await vi.waitFor(() => expect(course.open).toBeDefined(), LIMIT);
    const closed = vi.fn();
    course.open?.listen({ message: () => {}, closed });
    await server.close();
    await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce(), LIMIT);
  });

  it("leaves the room when it is closed, and whoever uses its pipe hears of that end", async () => {
    const { host, course } = await meetWith(welcoming);
    await vi.waitFor(() => expect(course.open).toBeDefined(), LIMIT);
    const closed = vi.fn();
    course.open?.listen({ message: () => {}, closed });
    const left = nextEvent(host.client, "room.left");
    course.link.close();
    await left;
    expect(closed).toHaveBeenCalledExactlyOnceWith("closed here");
    expect(course.open?.pipe.state).toBe("closed");
  });
});
