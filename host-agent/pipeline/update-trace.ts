import type { OpenAead } from "../../protocol/crypto/aead.ts";

/**
 * What an update goes through on this side, in this order: from the news of a change until the display is read, reading,
 * comparing, deciding what to send, encoding it, and handing it to the pipe, which seals it and sends what the path takes. The
 * last two take turns, a piece at a time.
 */
export type Stage = "event" | "grab" | "compare" | "plan" | "encode" | "send";

type Sent = { readonly sequence: number; readonly rects: number; readonly bytes: number; readonly unsentBytes: number };

/**
 * Tells where the time of each update goes, for whoever works on this program's speed: DESKBEAM_TRACE=1. With several
 * viewers, what was done once for all of them is in the line of the first one served.
 */
export class UpdateTrace {
  private readonly nowMs: () => number;
  private readonly write: (line: string) => void;
  private readonly spentMs = new Map<Stage, number>();
  private sealMs = 0;
  private lastMs: number | undefined;

  constructor(nowMs: () => number, write: (line: string) => void) {
    this.nowMs = nowMs;
    this.write = write;
  }

  /** Something has changed; if that is not the first news since the last update, nothing happens. */
  began(): void {
    this.lastMs ??= this.nowMs();
  }

  /** What began led to nothing that is to be sent. */
  forget(): void {
    this.lastMs = undefined;
    this.spentMs.clear();
  }

  /** What has passed since the stage before, or since it began, was this one's. */
  ended(stage: Stage): void {
    const nowMs = this.nowMs();
    if (this.lastMs !== undefined) {
      this.spentMs.set(stage, (this.spentMs.get(stage) ?? 0) + nowMs - this.lastMs);
    }
    this.lastMs = nowMs;
  }

  sent({ sequence, rects, bytes, unsentBytes }: Sent): void {
    const stages = [...this.spentMs].map(([stage, ms]) => `${stage} ${ms.toFixed(2)}`).join(", ");
    const seal = `${this.sealMs.toFixed(2)} to seal`;
    this.write(`update ${sequence}: ${stages} ms (${seal}); ${rects} rects, ${bytes} B, ${unsentBytes} B queued`);
    this.spentMs.clear();
    this.sealMs = 0;
    this.lastMs = undefined;
  }

  /** The viewer has said so: the rest of `afterMs` was queue, network and decoding. */
  painted(sequence: number, afterMs: number, paintMs: number): void {
    this.write(
      `update ${sequence}: painted ${afterMs.toFixed(1)} ms after it was sent, ${paintMs.toFixed(1)} of decoding`,
    );
  }

  /** An AEAD whose sealing is counted. */
  timed(openAead: OpenAead): OpenAead {
    return (key) => {
      const aead = openAead(key);
      return {
        seal: (nonce, aad, plain) => {
          const startMs = this.nowMs();
          const sealed = aead.seal(nonce, aad, plain);
          this.sealMs += this.nowMs() - startMs;
          return sealed;
        },
        open: (nonce, aad, sealed) => aead.open(nonce, aad, sealed),
      };
    };
  }
}
