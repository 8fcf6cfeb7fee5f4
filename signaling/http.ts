import { existsSync } from "node:fs";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import sirv from "sirv";
import { MJPEG_PREFIX, type ViewerConfig } from "../protocol/signaling.ts";
import { type AccessRules, judgeAccess } from "./core/access.ts";
import type { MjpegStreams } from "./mjpeg.ts";
import type { Log } from "./options.ts";

export type HttpParts = {
  readonly viewerRoot: string;
  readonly pathPrefix: string;
  readonly config: ViewerConfig;
  readonly access: AccessRules;
  readonly streams: MjpegStreams;
  /** Whether this server can do its work just now. */
  readonly isHealthy: () => boolean;
  readonly log: Log;
};

/** Everything over plain requests: the viewer's files, its configuration, MJPEG and health. Changes nothing. */
export function requestListener(parts: HttpParts): RequestListener {
  const { streams } = parts;
  const files = viewerFiles(parts);
  const config = JSON.stringify(parts.config);

  return answerBelow(parts, (request, response, below, query) => {
    if (below === "/config.json") return json(response, config);
    if (below.startsWith(MJPEG_PREFIX)) {
      if (isForeignPicture(request)) return text(response, 403, "This picture is not for pages of other sites.");
      return streams.serve(request, response, below.slice(MJPEG_PREFIX.length));
    }
    request.url = query === undefined ? below : `${below}?${query}`;
    files(request, response, () => nothingHere(response));
  });
}

/** Health, and nothing else. */
export function healthListener(parts: Pick<HttpParts, "pathPrefix" | "access">): RequestListener {
  return answerBelow({ ...parts, isHealthy: () => true }, (_request, response) => nothingHere(response));
}

/** Lets in whom the rules allow, says how it is, and hands on what else is asked below the prefix. */
function answerBelow(
  { pathPrefix, access: rules, isHealthy }: Pick<HttpParts, "pathPrefix" | "access" | "isHealthy">,
  answer: (request: IncomingMessage, response: ServerResponse, below: string, query: string | undefined) => void,
): RequestListener {
  const headers = securityHeaders(rules);
  return (request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    const access = judgeAccess(rules, request.headers.host, request.headers.origin);
    if (!access.allowed) return text(response, 403, access.sentence);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return text(response, 405, "Only GET and HEAD are answered here.");
    }
    const [path = "/", query] = (request.url ?? "/").split("?", 2);
    if (path === pathPrefix && pathPrefix !== "") {
      response.writeHead(308, { Location: `${pathPrefix}/${query === undefined ? "" : `?${query}`}` }).end();
      return;
    }
    if (!path.startsWith(`${pathPrefix}/`)) return nothingHere(response);
    const below = path.slice(pathPrefix.length);
    if (below === "/healthz") {
      if (isHealthy()) return json(response, '{"status":"ok"}');
      // A load balancer leaves this server out meanwhile.
      return json(response, '{"status":"redis-away"}', 503);
    }
    answer(request, response, below, query);
  };
}

function viewerFiles({ viewerRoot, log }: HttpParts): ReturnType<typeof sirv> {
  if (!existsSync(join(viewerRoot, "index.html"))) {
    log("warn", "The viewer is not built, so its page cannot be shown. Run: npm run build", { viewerRoot });
    return (_request, _response, next) => void next?.();
  }
  return sirv(viewerRoot, {
    etag: true,
    // Where the build has put a compressed file beside it (viewer/vite.config.ts).
    brotli: true,
    gzip: true,
    setHeaders: (response, path) => {
      // Names below assets/ hold a hash of their content (Vite); the page that names them must always be fresh.
      const immutable = path.startsWith("/assets/");
      response.setHeader("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
}

/**
 * Only our own scripts and styles run, and only listed origins may frame the page. WebSockets are named apart because
 * some browsers do not count ws: as 'self'.
 */
function securityHeaders(access: AccessRules): readonly (readonly [string, string])[] {
  const framing = [...access.origins];
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self' ws: wss:",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${framing.length === 0 ? "'none'" : `'self' ${framing.join(" ")}`}`,
  ];
  const headers: (readonly [string, string])[] = [
    ["Content-Security-Policy", policy.join("; ")],
    ["X-Content-Type-Options", "nosniff"],
    ["Referrer-Policy", "no-referrer"],
    ["Cross-Origin-Resource-Policy", "same-origin"],
  ];
  // This older header cannot name origins, and would forbid what frame-ancestors allows.
  if (framing.length === 0) headers.push(["X-Frame-Options", "DENY"]);
  return headers;
}

/** Another site's page that puts the picture into itself; a link that a person opens is none. */
function isForeignPicture(request: IncomingMessage): boolean {
  return request.headers["sec-fetch-site"] === "cross-site" && request.headers["sec-fetch-dest"] !== "document";
}

const nothingHere = (response: ServerResponse): void => text(response, 404, "Nothing is here.");

function json(response: ServerResponse, body: string, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" }).end(body);
}

function text(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" });
  response.end(`${sentence}\n`);
}
