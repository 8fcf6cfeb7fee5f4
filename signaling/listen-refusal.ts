import { ServerError } from "./errors.ts";

/** The system's own word for what is wrong, such as `EADDRINUSE`. */
export const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

/** What a person is told about ports: the subject of two sentences, and what to do about each. */
export type PortWords = {
  /** `Port 7440 is`, `Ports 7440 to 7459 are`. */
  readonly busy: string;
  readonly ifBusy: string;
  /** `Port 80 needs`. */
  readonly forbidden: string;
  readonly ifForbidden: string;
};

/**
 * Why a port could not be listened on.
 * @returns ServerError `port-busy`, `port-forbidden` or `address-unavailable`, or the cause itself: a bug
 */
export function listenRefusal(cause: unknown, words: PortWords, bind: string | undefined): unknown {
  switch (codeOf(cause)) {
    case "EADDRINUSE":
      return new ServerError("port-busy", `${words.busy} in use by another program.`, words.ifBusy, { cause });
    case "EACCES": {
      const what = `${words.forbidden} rights this user does not have.`;
      return new ServerError("port-forbidden", what, words.ifForbidden, { cause });
    }
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EINVAL": {
      const hint = "Give --bind an address of this machine, or leave it out to listen on all of them.";
      return new ServerError("address-unavailable", `This machine does not have the address ${bind}.`, hint, { cause });
    }
    default:
      return cause;
  }
}
