import { LINK_SECRET_BYTES, proofSecret, SECRET_DIGITS } from "../../protocol/room-code.ts";

/*
 * The secrets by which a stranger gets in: one invite at a time, in two spellings. The code is short, so it lives 10
 * minutes and takes three guesses; the link cannot be guessed and lives an hour. Whoever is let in first uses up both.
 *
 *   used     the first viewer was let in       fresh code and link (a reusable link stays)
 *   burned   three proofs were wrong           fresh code and link (a reusable link stays)
 *   expired  the code's or the link's time     fresh code; when the link's time was over too, fresh link
 *
 * How a shell goes through it, for one knock:
 *   opened -> secretFor -> spendGuess (before the tag is compared) -> proven -> admit
 *          \-> closed, at any point and however the handshake ended
 */
export const CODE_LIFETIME_MS = 10 * 60_000;
export const LINK_LIFETIME_MS = 60 * 60_000;
/** Wrong proofs that burn a code of 10^8. */
export const GUESSES_PER_CODE = 3;
/** Handshakes that may be under way at once. */
const MAX_OPEN_HANDSHAKES = 4;

/** What a person is shown; room-code.ts spells it. `id` is another number for every other code or link. */
export type Invite = {
  readonly id: number;
  readonly secretDigits: string;
  readonly codeExpiresAtMs: number;
  readonly linkSecret: Uint8Array;
  readonly linkExpiresAtMs: number;
};

/** Why there is a fresh invite. */
export type InviteEnd = "used" | "burned" | "expired";

/** `changed` is set when this used up the invite. `taken`: somebody else was let in on it first. */
export type Admission =
  | { readonly admitted: true; readonly changed: "used" | undefined }
  | { readonly admitted: false; readonly why: "taken" };

/** One knock, from `opened` on. Only Invites looks into it. */
export class Attempt {
  key: Key | undefined = undefined;
  guess: "none" | "spent" | "right" = "none";
}

/** Shared by the keys of which one viewer in all may be let in. */
type Entry = { taken: boolean };

/** A code or a link. */
type Key = {
  readonly secret: Uint8Array;
  readonly expiresAtMs: number;
  readonly entry: Entry;
  /** No longer current: nobody may prove it any more. */
  dead: boolean;
};

export type InvitesOptions = {
  /** The link lets several viewers in, until its time is over. */
  readonly reusable: boolean;
  /** How long both live, instead of their own times. */
  readonly expiresMs?: number | undefined;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly nowMs: number;
};

export class Invites {
  private readonly options: InvitesOptions;
  private readonly open = new Set<Attempt>();
  private id = 1;
  private link: Key;
  private code: Key & { readonly secretDigits: string };
  private guessesLeft = GUESSES_PER_CODE;

  constructor(options: InvitesOptions) {
    this.options = options;
    this.link = this.freshLink(options.nowMs);
    this.code = this.freshCode(options.nowMs);
  }

  current(): Invite {
    const { id, code, link } = this;
    return {
      id,
      secretDigits: code.secretDigits,
      codeExpiresAtMs: code.expiresAtMs,
      linkSecret: link.secret,
      linkExpiresAtMs: link.expiresAtMs,
    };
  }

  /** Somebody knocks. Undefined while too many are at the door. */
  opened(): Attempt | undefined {
    if (this.open.size >= MAX_OPEN_HANDSHAKES) return undefined;
    const attempt = new Attempt();
    this.open.add(attempt);
    return attempt;
  }

  /** The live secret of one spelling, which is from then on the one this attempt is about. */
  secretFor(attempt: Attempt, mode: "code" | "link", nowMs: number): Uint8Array | undefined {
    const key = mode === "code" ? this.code : this.link;
    if (key.expiresAtMs <= nowMs) return undefined;
    attempt.key = key;
    return key.secret;
  }

  /** To be called before a proof is compared. False: its code or link died meanwhile, so it must not be compared. */
  spendGuess(attempt: Attempt): boolean {
    if (attempt.key === undefined || attempt.key.dead || attempt.guess !== "none") return false;
    if (this.guessesLeft === 0) return false;
    attempt.guess = "spent";
    this.guessesLeft -= 1;
    return true;
  }

  /** The proof was right: the guess is given back, and the handshake is over. */
  proven(attempt: Attempt): void {
    if (attempt.guess === "spent" && attempt.key?.dead === false) {
      this.guessesLeft = Math.min(this.guessesLeft + 1, GUESSES_PER_CODE);
    }
    attempt.guess = "right";
    this.open.delete(attempt);
  }

  /** The handshake is over, however. Without effect after `proven`. */
  closed(attempt: Attempt, nowMs: number): "burned" | undefined {
    this.open.delete(attempt);
    if (attempt.guess !== "spent" || attempt.key?.dead !== false || this.guessesLeft > 0) return undefined;
    this.renew(nowMs, this.spent);
    return "burned";
  }

  /** Lets a proven viewer in. It may have waited for the answer longer than its code lived; only another viewer before it counts. */
  admit(attempt: Attempt, nowMs: number): Admission {
    const key = attempt.key;
    if (key === undefined || attempt.guess !== "right") throw new Error("admitted without a proof");
    if (key.entry.taken) return { admitted: false, why: "taken" };
    const forSeveral = this.options.reusable && key === this.link;
    if (forSeveral) return { admitted: true, changed: undefined };
    key.entry.taken = true;
    if (key.entry !== this.code.entry) return { admitted: true, changed: undefined };
    this.renew(nowMs, this.spent);
    return { admitted: true, changed: "used" };
  }

  /** A fresh invite because the person at the host wants one. The old one is dead, a reusable link excepted. */
  invite(nowMs: number): void {
    this.renew(nowMs, this.spent);
  }

  /** When `expire` has something to do next. */
  get nextExpiryAtMs(): number {
    return Math.min(this.code.expiresAtMs, this.link.expiresAtMs);
  }

  expire(nowMs: number): "expired" | undefined {
    if (nowMs < this.nextExpiryAtMs) return undefined;
    this.renew(nowMs, nowMs >= this.link.expiresAtMs ? "both" : "code");
    return "expired";
  }

  /** What dies when an invite is used or burned. Only time ends a reusable link: strangers must not be able to. */
  private get spent(): "code" | "both" {
    return this.options.reusable ? "code" : "both";
  }

  private renew(nowMs: number, which: "code" | "both"): void {
    this.code.dead = true;
    if (which === "both") {
      this.link.dead = true;
      this.link = this.freshLink(nowMs);
    }
    this.code = this.freshCode(nowMs);
    this.guessesLeft = GUESSES_PER_CODE;
    this.id += 1;
  }

  private freshLink(nowMs: number): Key {
    const secret = this.options.randomBytes(LINK_SECRET_BYTES);
    const expiresAtMs = nowMs + (this.options.expiresMs ?? LINK_LIFETIME_MS);
    return { secret, expiresAtMs, entry: { taken: false }, dead: false };
  }

  /** A code beside the present link. They share one entry, unless the link is for several. */
  private freshCode(nowMs: number): Key & { readonly secretDigits: string } {
    const secretDigits = drawDigits(this.options.randomBytes);
    const secret = proofSecret({ kind: "code", room: "", secretDigits });
    const expiresAtMs = nowMs + (this.options.expiresMs ?? CODE_LIFETIME_MS);
    const entry = this.options.reusable ? { taken: false } : this.link.entry;
    return { secretDigits, secret, expiresAtMs, entry, dead: false };
  }
}

/** Digits without a preference anyone could use: 16 random bytes modulo 10^8 are off by less than 10^-30. */
function drawDigits(randomBytes: (length: number) => Uint8Array): string {
  const values = 10 ** SECRET_DIGITS;
  const drawn = randomBytes(16).reduce((value, byte) => (value * 256 + byte) % values, 0);
  return String(drawn).padStart(SECRET_DIGITS, "0");
}
