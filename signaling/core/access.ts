/**
 * Who may talk to this server from inside a browser.
 *
 * A page of another site can make a browser connect here (CORS does not guard WebSockets), so a browser's `Origin` must
 * be this very server or a listed one. And a stranger's domain name can be pointed at this address (DNS rebinding), so
 * `Host` must be a name that cannot be the stranger's: a listed one, localhost or an IP address. The port is free.
 */
export type AccessRules = {
  /** Whole origins, such as `https://viewer.example`. */
  readonly origins: ReadonlySet<string>;
  /** Names listed without a scheme: their pages are welcome under any scheme and port. */
  readonly pageNames: ReadonlySet<string>;
  /** All names this server answers to, beside localhost and IP addresses. */
  readonly hostNames: ReadonlySet<string>;
};

/**
 * @param listed origins (`https://viewer.example`) or bare names (`viewer.example`), as an operator writes them
 * @param ownName the name it listens on, if that is a name: it may be called by it, which welcomes no page from there
 */
export function accessRules(listed: readonly string[], ownName?: string): AccessRules {
  const entries = listed.map((entry) => entry.trim().toLowerCase().replace(/\/+$/, "")).filter((entry) => entry !== "");
  const names = ownName === undefined ? entries : [...entries, ownName.toLowerCase()];
  return {
    origins: new Set(entries.filter((entry) => entry.includes("://"))),
    pageNames: new Set(entries.filter((entry) => !entry.includes("://")).map(nameOf)),
    hostNames: new Set(names.map((name) => nameOf(afterScheme(name)))),
  };
}

export type Access =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly why: "host" | "origin"; readonly sentence: string };

/** @param origin the `Origin` header; undefined from anything but a browser, such as a host agent */
export function judgeAccess(rules: AccessRules, host: string | undefined, origin: string | undefined): Access {
  const asked = (host ?? "").toLowerCase();
  const name = nameOf(asked);
  if (!isAddress(name) && name !== "localhost" && !rules.hostNames.has(name)) {
    const sentence =
      "This server does not know the name it was called by. Use its address, or list the name with --allowed-origins.";
    return { allowed: false, why: "host", sentence };
  }
  if (origin === undefined) return { allowed: true };
  const from = origin.toLowerCase();
  if (
    rules.origins.has(from) ||
    sameAuthority(from, asked) ||
    (hasScheme(from) && rules.pageNames.has(nameOf(afterScheme(from))))
  ) {
    return { allowed: true };
  }
  const sentence =
    "This server does not answer to pages of other sites. List the page's origin with --allowed-origins.";
  return { allowed: false, why: "origin", sentence };
}

const hasScheme = (origin: string): boolean => /^https?:\/\//.test(origin);
const afterScheme = (origin: string): string => origin.replace(/^[a-z]+:\/\//, "");

/** `name:443` and `name` are one under https: a proxy may write the port that a browser leaves out. */
function sameAuthority(origin: string, host: string): boolean {
  if (!hasScheme(origin)) return false;
  const defaultPort = origin.startsWith("https:") ? ":443" : ":80";
  const withoutDefault = (authority: string) =>
    authority.endsWith(defaultPort) ? authority.slice(0, -defaultPort.length) : authority;
  return withoutDefault(afterScheme(origin)) === withoutDefault(host);
}

/** The name in `name`, `name:port` or `[address]:port`. */
const nameOf = (authority: string): string =>
  authority.startsWith("[") ? authority.slice(0, authority.indexOf("]") + 1) : authority.replace(/:[0-9]*$/, "");

const isAddress = (name: string): boolean =>
  /^\[[0-9a-f:.]+\]$/.test(name) ||
  (/^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(name) && name.split(".").every((part) => Number(part) < 256));
