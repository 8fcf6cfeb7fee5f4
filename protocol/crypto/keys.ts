import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { utf8 } from "../bytes.ts";
import { PROTOCOL_LABEL } from "../version.ts";

/** v2h: from the viewer to the host; h2v: back. Each direction has a key of its own, so nothing can be reflected. */
export type Direction = "v2h" | "h2v";

const KEY_BYTES = 32;

/**
 * Every key of one proven session, by HKDF-SHA512 (RFC 5869): salt = sid, input = ISK, info = label.
 * Lives in memory only; `wipe` when the session ends.
 */
export class SessionKeys {
  /** 16 bytes, public: fresh in every run, since both ends put a nonce into it. */
  readonly sid: Uint8Array;
  private readonly pseudorandomKey: Uint8Array;

  /** `isk` is CPace's 64 bytes; it may be wiped afterwards. */
  constructor(sid: Uint8Array, isk: Uint8Array) {
    this.sid = sid;
    this.pseudorandomKey = extract(sha512, isk, sid);
  }

  /** Seals what goes through the signaling server. 32 bytes. */
  signals(direction: Direction): Uint8Array {
    return this.expand(`sig ${direction}`);
  }

  /** Seals the records of one pipe. `transcript` is that pipe's hash: another pipe, another key. 32 bytes. */
  data(direction: Direction, transcript: Uint8Array): Uint8Array {
    return this.expand(`data ${direction}`, transcript);
  }

  /** `bind`: proves over which pipe the two ends talk; `resume`: seeds a later handshake; `sas`: symbols to read aloud. 32 bytes. */
  derive(label: "bind" | "resume" | "sas"): Uint8Array {
    return this.expand(label);
  }

  wipe(): void {
    this.pseudorandomKey.fill(0);
  }

  private expand(label: string, transcript: Uint8Array = new Uint8Array()): Uint8Array {
    const info = concatBytes(utf8(`${PROTOCOL_LABEL} ${label}`), transcript);
    return expand(sha512, this.pseudorandomKey, info, KEY_BYTES);
  }
}
