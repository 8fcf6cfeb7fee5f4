import type { OpenAead } from "../../protocol/crypto/aead.ts";
import { nobleAead } from "./noble.ts";
import { webAead } from "./web.ts";

/** `secureContext` is the page's `isSecureContext`: elsewhere `crypto.subtle` does not exist. */
export function chooseAead(secureContext: boolean): OpenAead {
  return secureContext ? webAead : nobleAead;
}
