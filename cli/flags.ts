import { flagName, type OptionName } from "../host-agent/config.ts";

/** A flag as people see it. Its environment twin and its name in the configuration file follow from `name`. */
export type Flag = OptionName & {
  /** What follows the flag, in the help's words; undefined: nothing does. */
  readonly argument: string | undefined;
  readonly help: string;
};

function flag(name: string, argument: string | undefined, help: string): Flag {
  return { name, argument, help, secret: false };
}

/** May hold a credential, which every user of the machine could read in the list of processes. */
function secretFlag(name: string, argument: string, help: string): Flag {
  return { name, argument, help, secret: true };
}

export const SHARE_FLAGS: readonly Flag[] = [
  flag("server", "URL", "signaling server to use instead of the one inside this program"),
  flag("port", "N", "port of the server inside this program (default: 7440, or the next free one)"),
  flag("bind", "ADDR", "address the server inside this program listens on (default: all)"),
  flag("display", "NAME", "X display such as :0 (default: $DISPLAY)"),
  flag("monitor", "N|all", "which monitor (default: all)"),
  flag("capture", "DRIVER", "auto, x11, nut, screenshot or test-card (default: auto)"),
  flag("input", "DRIVER", "auto, x11, nut or none (default: auto)"),
  flag("viewOnly", undefined, "nobody gets control"),
  flag("approve", "WHOM", "ask; or control, view: who is let in without a question, and as what (default: ask)"),
  flag("once", undefined, "end when the first viewer has left, or has been lost for two minutes"),
  flag("reusable", undefined, "one link for several viewers: weaker against a lying server"),
  flag(
    "expires",
    "TIME",
    "how long an unused code and link stay good, such as 30s, 10m, 2h (default: code 10m, link 60m)",
  ),
  flag("fps", "N", "at most this many updates a second (default: 60)"),
  flag("quality", "Q", "auto, or a JPEG quality from 1 to 100 (default: auto)"),
  secretFlag("iceServers", "JSON", "STUN and TURN servers as in RTCConfiguration; credentials only by environment"),
  flag(
    "icePolicy",
    "POLICY",
    "all, or relay: WebRTC through TURN only, which hides this host's address (default: all)",
  ),
  flag("path", "RUNG", "auto, direct, relay or mjpeg: hold one way to connect (default: auto)"),
  flag("mjpeg", "POLICY", "ask, allow or off: may the picture go out unsealed? (default: ask)"),
  flag("virtual", "WxH", "start a virtual display and share it (not yet)"),
  flag("addressLimitFactor", "N", "multiply what one address may ask of the server inside this program (default: 1)"),
  flag("json", undefined, "events on standard output and commands on standard input, a JSON object per line"),
  flag("quiet", undefined, "print only links, codes, questions and problems"),
  flag("noQr", undefined, "print no QR code"),
  flag("logLevel", "LEVEL", "error, warn, info or debug (default: warn)"),
];

export const SERVE_FLAGS: readonly Flag[] = [
  flag("port", "N", "port to listen on (default: 7440)"),
  flag("bind", "ADDR", "address to listen on (default: all)"),
  flag("stunPort", "N|off", "UDP port to answer STUN on (default: 3478, or none when another program has it)"),
  secretFlag("iceServers", "JSON", "STUN and TURN servers for both ends; credentials only by environment"),
  flag(
    "turnUrls",
    "LIST",
    "TURN servers for both ends, separated by commas; with DESKBEAM_TURN_SECRET or …_SECRET_FILE",
  ),
  flag("turnTtl", "TIME", "how long a TURN password made here lets somebody in (default: 10m)"),
  flag("allowedOrigins", "LIST", "names or origins this server is reached by or embedded in, separated by commas"),
  flag(
    "relay",
    "on|off|only",
    "carry sealed records where two ends find no direct way; only: nothing else (default: on)",
  ),
  flag("relayUrl", "URL", "a `serve --relay only` elsewhere that does so instead; both with DESKBEAM_RELAY_SECRET"),
  flag("mjpeg", "on|off", "let hosts publish unsealed pictures here (default: on; with --redis-url off)"),
  secretFlag(
    "redisUrl",
    "URL",
    "share rooms with other servers through this Redis; with a password only as DESKBEAM_REDIS_URL or …_URL_FILE",
  ),
  flag("trustProxy", undefined, "believe X-Forwarded-For: only behind a proxy that writes it"),
  flag("pathPrefix", "PATH", "serve everything below this path, such as /desk"),
  flag("tlsCert", "FILE", "certificate chain in PEM; with --tls-key"),
  flag("tlsKey", "FILE", "private key in PEM; with --tls-cert"),
  flag("addressLimitFactor", "N", "multiply what one address may ask (default: 1)"),
  flag("logLevel", "LEVEL", "error, warn, info or debug (default: info)"),
];

/** What only the environment and the configuration file take: on a command line everybody could read it. */
export const SERVE_SECRETS: readonly OptionName[] = [
  { name: "turnSecret", secret: true },
  { name: "relaySecret", secret: true },
];

/** As commander declares it: `--fps <N>`. */
export function declaration({ name, argument }: Flag): string {
  return `--${flagName(name)}${argument === undefined ? "" : ` <${argument}>`}`;
}
