import type { IceServer } from "../protocol/signaling.ts";
import type { Limits } from "./core/limits.ts";
import type { TurnAccess } from "./ice.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
/** Fields never hold tokens, signals or anything a person typed. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export type ServerOptions = {
  /** 0: any free port. */
  readonly port: number;
  /** An address or a name of this machine; undefined: all interfaces. */
  readonly bind: string | undefined;
  /** Whether a busy port means the next free one above it, or an error. */
  readonly moveUpIfBusy: boolean;
  /** The folder with the built viewer. */
  readonly viewerRoot: string;
  /** Handed to both ends of a proven pair (`room.ice`); those that ask for no credentials also to every page. */
  readonly iceServers: readonly IceServer[];
  /** Undefined: no TURN credentials are made here. */
  readonly turn?: TurnAccess | undefined;
  /** Undefined: no STUN here. */
  readonly stun?: StunPlace | undefined;
  /** Origins (`https://viewer.example`) or names (`viewer.example`) this server is reached by or embedded in. */
  readonly allowedOrigins: readonly string[];
  /** Whether hosts may publish unsealed pictures here. */
  readonly mjpeg: boolean;
  /** What carries sealed pipes between two ends that find no direct way. */
  readonly relay: RelayPlace;
  /**
   * Where this server shares its rooms with others: `redis://` or `rediss://`. Undefined: it is alone. Pictures and a relay of its
   * own stay in one process, so several servers have neither.
   */
  readonly redisUrl?: string | undefined;
  /** Believe the last entry of X-Forwarded-For. Only behind a proxy that writes it. */
  readonly trustProxy: boolean;
  /** Everything is served below it: empty, or such as `/desk`. */
  readonly pathPrefix: string;
  /** PEM text; undefined: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly log: Log;
};

/** This process; one of its own at a URL (protocol/signaling.ts), which shares a secret with this one; or nothing. */
export type RelayPlace =
  | { readonly at: "here" }
  | { readonly at: "apart"; readonly url: string; readonly secret: string }
  | { readonly at: "nowhere" };

/** A process that is nothing but a relay. */
export type RelayServerOptions = Omit<
  ServerOptions,
  "viewerRoot" | "iceServers" | "turn" | "stun" | "mjpeg" | "relay" | "redisUrl"
> & {
  /** Shared with the server that hands out tickets for it. */
  readonly secret: string;
};

/** The UDP port for STUN (0: any free one), and whether the server does without when another program has it. */
export type StunPlace = { readonly port: number; readonly doWithoutIfBusy: boolean };

export type RunningServer = {
  /** The port it listens on. */
  readonly port: number;
  /** The UDP port it answers STUN on; undefined: on none. */
  readonly stunPort: number | undefined;
  /** Ends every connection and stream. Resolves when the port is free again. */
  close(): Promise<void>;
};
