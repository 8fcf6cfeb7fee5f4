import { backOffMs } from "../core/back-off.ts";
import type { LinkFailure } from "../core/link-failure.ts";
import { Link, type LinkHandlers, type LinkSetting } from "./link.ts";
import type { Proof } from "./meeting.ts";

/** The server or the network stumbled before anybody decided anything: these many more tries, within about ten seconds. */
const MORE_TRIES = 3;

export type ArrivalHandlers = Omit<LinkHandlers, "open" | "failed" | "hostPresent"> & {
  readonly opened: (link: Link, open: Parameters<LinkHandlers["open"]>[0]) => void;
  /** Called once, instead of `opened`. `asked`: the person at the host saw the question. */
  readonly failed: (failure: LinkFailure, asked: boolean) => void;
  readonly hostPresent: LinkHandlers["hostPresent"];
};

/** The first way in: every secret this page has for the room, in order, each tried again when only the network failed. */
export class Arrival {
  private readonly setting: LinkSetting;
  private readonly room: string;
  private readonly handlers: ArrivalHandlers;
  private proofs: readonly Proof[];
  private readonly random: () => number;
  private link: Link | undefined;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private asked: boolean = false;

  constructor(
    setting: LinkSetting,
    room: string,
    proofs: readonly Proof[],
    random: () => number,
    handlers: ArrivalHandlers,
  ) {
    this.setting = setting;
    this.room = room;
    this.proofs = proofs;
    this.random = random;
    this.handlers = handlers;
  }

  start(): void {
    this.tryProof(0, 0);
  }

  /** Gives up; nothing is called after it. */
  close(): void {
    clearTimeout(this.waiting);
    this.link?.close();
  }

  private tryProof(index: number, tries: number): void {
    const proof = this.proofs[index];
    if (proof === undefined) return;
    if (index + tries > 0) this.setting.report.retried();
    const { asking, progress, admitted, opened, hostPresent } = this.handlers;
    const link = new Link(
      { ...this.setting, room: this.room, proof, hurry: false },
      {
        asking: () => {
          this.asked = true;
          asking();
        },
        progress,
        admitted: (resumeSecret) => {
          // The question is answered and the code used: from here on only the seat's own secret opens it.
          this.asked = false;
          this.proofs = [{ mode: "resume", secret: resumeSecret }];
          admitted(resumeSecret);
        },
        hostPresent,
        open: (open) => opened(link, open),
        failed: (failure) => this.failed(failure, index, tries),
      },
    );
    this.link = link;
    void link.start();
  }

  private failed(failure: LinkFailure, index: number, tries: number): void {
    const problem = failure.kind === "problem" ? failure.problem : undefined;
    // After a server that was gone, its rooms come back one by one, with their hosts.
    const isPassing =
      problem === "server-unreachable" || problem === "host-moved" || (problem === "no-such-room" && tries > 0);
    if (isPassing && !this.asked && tries < MORE_TRIES) {
      const waitMs = backOffMs(tries + 1, this.random());
      this.waiting = setTimeout(() => this.tryProof(Math.min(index, this.proofs.length - 1), tries + 1), waitMs);
    } else if (failure.kind === "refused" && !this.asked && index + 1 < this.proofs.length) {
      this.tryProof(index + 1, 0);
    } else {
      this.handlers.failed(failure, this.asked);
    }
  }
}
