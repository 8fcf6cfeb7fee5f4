import { nodeAead } from "../../host-agent/aead/node.ts";
import { utf8 } from "../../protocol/bytes.ts";
import { encodeControl } from "../../protocol/control.ts";
import { decodeMessage, type Message } from "../../protocol/message.ts";
import { Link, type LinkHandlers, type LinkRequest, type OpenLink } from "../../viewer/connect/link.ts";
import type { Proof } from "../../viewer/connect/meeting.ts";
import type { LinkFailure } from "../../viewer/core/link-failure.ts";
import { linkSetting } from "./link-setting.ts";

export const codeProof = (secretDigits: string): Proof => ({ mode: "code", secret: utf8(secretDigits) });
export const linkProof = (secret: Uint8Array): Proof => ({ mode: "link", secret });

/** How a visit went: the viewer's own code from the room number on, in Node. */
export type Visit = {
  readonly open: OpenLink | undefined;
  readonly failure: LinkFailure | undefined;
  /** The secret to come back with, once let in. */
  readonly resumeSecret: Uint8Array | undefined;
  /** What came over the open pipe, or over one after the other. */
  readonly messages: Message[];
  /** Resolves when the link is open, or has failed. */
  readonly settled: Promise<void>;
  readonly pipeClosed: string | undefined;
  readonly close: () => void;
};

/** Later visits of the same seat are later moves of the same page. */
let moves = 0;
function nextMove(): number {
  moves += 1;
  return moves;
}

/** Which page this is (protocol/control.ts, use-pipe): a visit has one. */
const PAGE = 1;

/** Visits a room as the viewer's page does, and uses each pipe that opens: the last is the best. To be closed. */
export function visit(
  serverUrl: string,
  room: string,
  proof: Proof,
  {
    asking = () => {},
    hostPresent = () => {},
    ...request
  }: Partial<LinkRequest & Pick<LinkHandlers, "asking" | "hostPresent">> = {},
): Visit {
  let settle = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const link = new Link(
    {
      ...linkSetting(serverUrl),
      room,
      proof,
      path: "direct",
      openAead: nodeAead,
      hurry: false,
      ...request,
    },
    {
      asking,
      progress: () => {},
      admitted: (secret) => {
        course.resumeSecret = secret;
      },
      open: (open) => {
        course.open = open;
        open.listen({
          message: (bytes) => {
            const message = decodeMessage(bytes);
            course.messages.push(message);
            // Without it the host takes this viewer for dead.
            if (message.kind === "ping") open.pipe.send(encodeControl({ kind: "pong", clockMs: message.clockMs }));
          },
          closed: (why) => {
            if (course.open === open) course.pipeClosed = why;
          },
        });
        open.pipe.send(encodeControl({ kind: "use-pipe", page: PAGE, move: nextMove(), painted: 0 }));
        settle();
      },
      failed: (failure) => {
        course.failure = failure;
        settle();
      },
      hostPresent,
    },
  );
  const course: { -readonly [Name in keyof Visit]: Visit[Name] } = {
    open: undefined,
    failure: undefined,
    resumeSecret: undefined,
    messages: [],
    settled,
    pipeClosed: undefined,
    close: () => {
      link.close();
      settle();
    },
  };
  void link.start();
  return course;
}
