import { stunOnly } from "../../protocol/ice-server.ts";
import type { IceServers, PeerWay } from "../../protocol/meeting.ts";
import type { IceServer } from "../../protocol/signaling.ts";
import type { ServerIce } from "../signaling/schema.ts";
import type { PeerSettings, TurnAccess } from "../transport/driver.ts";

/** Passwords end after minutes; whoever asks again after this long gets fresh ones. */
const KEPT_MS = 60_000;
/** More viewers than this are not let in at once; what an earlier one was given is asked for again. */
const MAX_REMEMBERED = 64;

/** What of a list of ICE servers answers: the one STUN and the one TURN server that werift can take. */
export type AnsweringServers = { readonly stunUrl: string | undefined; readonly turn: TurnAccess | undefined };

export type IceSupplyOptions = {
  /** `--ice-servers` of this host: for both ends, instead of what the server hands out. */
  readonly own: readonly IceServer[];
  readonly policy: "all" | "relay";
  /** Where the server is reached, whose own STUN listens under the same name. */
  readonly serverHost: string;
  readonly askServer: (viewer: string) => Promise<ServerIce | undefined>;
  readonly probe: (servers: readonly IceServer[]) => Promise<AnsweringServers>;
  /** Where this machine may be reached, the best first. */
  readonly addresses: () => Promise<readonly string[]>;
  readonly nowMs: () => number;
};

type Sets = { readonly host: readonly IceServer[]; readonly viewer: readonly IceServer[] };
type Asked = { readonly askedMs: number; readonly given: Promise<ServerIce | undefined> };

/**
 * STUN and TURN servers for the two ends of a proven pair. Passwords are made for that pair and end soon; the viewer's go
 * to it sealed.
 */
export class IceSupply {
  private readonly options: IceSupplyOptions;
  /** By the viewer's socket. */
  private readonly answers = new Map<string, Asked>();

  constructor(options: IceSupplyOptions) {
    this.options = options;
  }

  /** Asks how the world sees this machine before anybody waits for it. */
  prepare(stunPort: number | undefined): void {
    const stun = stunOnly([...this.serverStun(stunPort), ...this.options.own]);
    if (stun.length > 0) void this.options.probe(stun);
  }

  async forViewer(viewer: string): Promise<IceServers> {
    const { viewer: servers } = await this.setsFor(viewer);
    return { policy: this.options.policy, servers };
  }

  /** Undefined: this host leaves that way out. */
  async settingsFor(way: PeerWay, viewer: string): Promise<PeerSettings | undefined> {
    const { policy, probe, addresses } = this.options;
    const relayOnly = policy === "relay";
    if (way === "direct" && relayOnly) return undefined;
    const { host } = await this.setsFor(viewer);
    // A TURN server that does not answer must not keep a direct connection waiting.
    const servers = way === "turn" ? host : stunOnly(host);
    const [{ stunUrl, turn }, own] = await Promise.all([probe(servers), addresses()]);
    return {
      path: way,
      addresses: relayOnly ? [] : own,
      stunUrl: relayOnly ? undefined : stunUrl,
      turn: way === "turn" ? turn : undefined,
    };
  }

  private async setsFor(viewer: string): Promise<Sets> {
    const { own } = this.options;
    const given = await this.given(viewer);
    const stun = this.serverStun(given?.stunPort);
    if (own.length > 0) return { host: [...stun, ...own], viewer: own };
    // The page knows the server's own STUN from the server itself.
    return { host: [...stun, ...(given?.host ?? [])], viewer: given?.viewer ?? [] };
  }

  private async given(viewer: string): Promise<ServerIce | undefined> {
    const nowMs = this.options.nowMs();
    const known = this.answers.get(viewer);
    if (known !== undefined && nowMs - known.askedMs < KEPT_MS) return known.given;
    const asked: Asked = { askedMs: nowMs, given: this.options.askServer(viewer) };
    this.answers.set(viewer, asked);
    const [oldest] = this.answers.keys();
    if (this.answers.size > MAX_REMEMBERED && oldest !== undefined) this.answers.delete(oldest);
    const given = await asked.given;
    // The server was away, or too slow: the next way asks again.
    if (given === undefined && this.answers.get(viewer) === asked) this.answers.delete(viewer);
    return given;
  }

  private serverStun(port: number | undefined): IceServer[] {
    return port === undefined ? [] : [{ urls: `stun:${this.options.serverHost}:${port}` }];
  }
}
