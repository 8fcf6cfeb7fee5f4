import { resumeHint } from "../../protocol/crypto/associated-data.ts";
import { RESUME_SECRET_BYTES } from "../../protocol/meeting.ts";

/** A viewer that was lost may come back this long without a new code. */
export const RESUME_LIFETIME_MS = 10 * 60_000;
/** Seats remembered at once; each was let in by the host, so only the very oldest lost one is ever forgotten early. */
const MAX_SEATS = 64;

type Secret = { readonly secret: Uint8Array; readonly hint: string };

type Seat = {
  /** The newest, and the one it replaced: the answer that carried the newest may have been lost on its way. */
  readonly secrets: readonly Secret[];
  /** Undefined while the viewer is here. */
  readonly lostAtMs: number | undefined;
};

/**
 * By what a viewer that was let in proves that it is the same one after its connection broke, in a handshake of mode
 * `resume`. 256 random bits for each seat, in memory only, renewed at every return; a wrong one is no guess.
 */
export class ResumeSecrets {
  private readonly randomBytes: (length: number) => Uint8Array;
  /** In order of their last renewal. */
  private readonly seats = new Map<string, Seat>();

  constructor(randomBytes: (length: number) => Uint8Array) {
    this.randomBytes = randomBytes;
  }

  /** A fresh secret for a seat whose viewer was let in, or came back by proving `used`. It goes out sealed. */
  renew(seat: string, used?: Uint8Array): Uint8Array {
    const fresh = this.randomBytes(RESUME_SECRET_BYTES);
    const secrets = used === undefined ? [fresh] : [fresh, used];
    this.seats.delete(seat);
    this.seats.set(seat, {
      secrets: secrets.map((secret) => ({ secret, hint: spelled(resumeHint(secret)) })),
      lostAtMs: undefined,
    });
    if (this.seats.size > MAX_SEATS) this.forgetOldestLost();
    return fresh;
  }

  /** Whose seat a hint is about, and the secret to prove. A seat need not be lost: a reloaded page is faster than any watchdog. */
  find(hint: Uint8Array, nowMs: number): { readonly seat: string; readonly secret: Uint8Array } | undefined {
    const wanted = spelled(hint);
    for (const [name, seat] of this.seats) {
      if (isOver(seat, nowMs)) continue;
      const found = seat.secrets.find((one) => one.hint === wanted);
      if (found !== undefined) return { seat: name, secret: found.secret };
    }
    return undefined;
  }

  /** The seat's viewer is gone without a word: its time starts. */
  lost(seat: string, nowMs: number): void {
    const known = this.seats.get(seat);
    if (known !== undefined && known.lostAtMs === undefined) this.seats.set(seat, { ...known, lostAtMs: nowMs });
  }

  /** Its viewer is heard again, with or without another proof. */
  back(seat: string): void {
    const known = this.seats.get(seat);
    if (known !== undefined) this.seats.set(seat, { ...known, lostAtMs: undefined });
  }

  /** The seat is over: its viewer left, was sent away, or sharing stops. */
  forget(seat: string): void {
    this.seats.delete(seat);
  }

  /** Forgets, and returns, the seats whose viewers did not come back in time. */
  expire(nowMs: number): string[] {
    const over = [...this.seats].filter(([, seat]) => isOver(seat, nowMs)).map(([name]) => name);
    for (const name of over) this.seats.delete(name);
    return over;
  }

  /** When `expire` has something to do next; undefined while nobody is lost. */
  get nextExpiryAtMs(): number | undefined {
    const lost = [...this.seats.values()].flatMap((seat) => (seat.lostAtMs === undefined ? [] : [seat.lostAtMs]));
    return lost.length === 0 ? undefined : Math.min(...lost) + RESUME_LIFETIME_MS;
  }

  private forgetOldestLost(): void {
    const oldest = [...this.seats].find(([, seat]) => seat.lostAtMs !== undefined) ?? [...this.seats][0];
    if (oldest !== undefined) this.seats.delete(oldest[0]);
  }
}

const isOver = (seat: Seat, nowMs: number): boolean =>
  seat.lostAtMs !== undefined && nowMs - seat.lostAtMs >= RESUME_LIFETIME_MS;

const spelled = (bytes: Uint8Array): string => bytes.join();
