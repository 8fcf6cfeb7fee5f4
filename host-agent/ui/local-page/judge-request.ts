import { createHash, timingSafeEqual } from "node:crypto";

/** What of a request is judged. Every header with all its values: a doubled one must not hide behind the first. */
export type JudgedRequest = {
  readonly method: string;
  /** Path and query, as the request line has it. */
  readonly target: string;
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
};

/** Where the page is: `http://127.0.0.1:PORT/TOKEN/`. */
export type Whereabouts = { readonly port: number; readonly token: string };

export type Verdict =
  | { readonly kind: "file"; readonly name: string }
  /** The address without its last slash, as terminals like to copy it. */
  | { readonly kind: "slash-missing" }
  | { readonly kind: "events" }
  | { readonly kind: "command" }
  | { readonly kind: "refused"; readonly status: 403 | 404 | 405 | 415; readonly sentence: string };

/** The names a browser on this computer has for it, and no stranger's domain can have (DNS rebinding). */
const OWN_NAMES = ["127.0.0.1", "[::1]", "localhost"];

/**
 * Who may talk to the approval page. Any page in any browser on this computer can send requests here, and any program of
 * any user; so the address must be a loopback one, the asking page must be ours, and the path must hold the token, which
 * only the person at the terminal has seen. What changes something must also come as no plain form can send it.
 */
export function judgeRequest(request: JudgedRequest, { port, token }: Whereabouts): Verdict {
  const { method, target, headers } = request;
  const host = only(headers.host)?.toLowerCase();
  if (host === undefined || !OWN_NAMES.some((name) => host === `${name}:${port}`)) {
    return refused(403, "This page answers only to the address it was announced with.");
  }
  const origin = only(headers.origin);
  if (headers.origin !== undefined && origin !== `http://${host}`) {
    return refused(403, "This page does not answer to other pages.");
  }
  const site = only(headers["sec-fetch-site"]);
  // "none": typed or pasted into the address bar. A link on another site is followed by pasting it there.
  if (headers["sec-fetch-site"] !== undefined && site !== "same-origin" && site !== "none") {
    return refused(403, "This page does not open from other pages: paste its address into the address bar.");
  }
  const [, given = "", ...rest] = target.split("/");
  if (!target.startsWith("/") || !isSame(given, token)) return refused(404, "Nothing is here.");
  const name = rest.join("/");
  if (name === "command") {
    if (method !== "POST") return refused(405, "Commands are sent by POST.");
    if (origin === undefined || site === "none") return refused(403, "Commands come from the page itself only.");
    if (only(headers["content-type"]) !== "application/json") return refused(415, "Commands are JSON.");
    return { kind: "command" };
  }
  if (method !== "GET") return refused(405, "Only GET is answered here.");
  if (rest.length === 0) return { kind: "slash-missing" };
  return name === "events" ? { kind: "events" } : { kind: "file", name: name === "" ? "index.html" : name };
}

function only(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}

/** In constant time: digests have one length, whatever was sent. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

function refused(status: 403 | 404 | 405 | 415, sentence: string): Verdict {
  return { kind: "refused", status, sentence };
}
