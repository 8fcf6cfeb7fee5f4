import { type AccessRules, accessRules } from "./core/access.ts";
import { DEFAULT_LIMITS, type Limits } from "./core/limits.ts";
import type { Log, ServerOptions } from "./options.ts";
import { Throttle } from "./throttle.ts";

/** What every server here is made of, whatever it carries. */
export type CommonParts = {
  /** Empty, or begins with a slash and ends without. */
  readonly pathPrefix: string;
  readonly limits: Limits;
  readonly access: AccessRules;
  readonly throttle: Throttle;
  readonly trustProxy: boolean;
  readonly log: Log;
};

export function commonParts(
  options: Pick<ServerOptions, "pathPrefix" | "limits" | "allowedOrigins" | "bind" | "trustProxy" | "log">,
): CommonParts {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  return {
    pathPrefix: normalPrefix(options.pathPrefix),
    limits,
    access: accessRules(options.allowedOrigins, options.bind),
    throttle: new Throttle(limits),
    trustProxy: options.trustProxy,
    log: options.log,
  };
}

/** `desk`, `/desk` and `/desk/` are one; no prefix is the empty text. */
function normalPrefix(prefix: string): string {
  const inner = prefix.replace(/^\/+|\/+$/g, "");
  return inner === "" ? "" : `/${inner}`;
}
