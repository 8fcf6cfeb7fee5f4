import {
  type Attempt,
  type Move,
  type ReportSnapshot,
  STEP_NAMES,
  type StepName,
  type StepState,
} from "./connect-report.ts";

/** What the page knows beside the report itself. Nothing of it is a secret, and none may become one. */
export type ReportContext = {
  readonly nowMs: number;
  /** Wall clock, ISO 8601, so that both ends' words can be laid side by side. */
  readonly writtenAt: string;
  readonly version: string;
  readonly userAgent: string;
  readonly secureContext: boolean;
  /** Host name only: no path, no fragment. */
  readonly serverHost: string;
  readonly room: string | undefined;
  /** A ViewerState's kind. */
  readonly state: string;
  readonly sealed: boolean | undefined;
  readonly rttMs: number | undefined;
  readonly counts: { readonly updates: number; readonly bytes: number; readonly inputs: number };
};

/** A browser may call itself what it likes, at any length. */
const MAX_WORDS = 240;

/**
 * The report as plain text, at most about 4 KB: for whoever helps, so it keeps to the words of the program in every
 * language of the page. Times are ms since the way in began. It holds no code, secret, token or address of a candidate.
 */
export function reportText(report: ReportSnapshot, context: ReportContext): string {
  const { counts } = context;
  const startedMs = report.startedMs ?? context.nowMs;
  const at = (ms: number) => `+${Math.round(ms - startedMs)}`.padEnd(9);
  const { lastReason } = report;
  return [
    "deskbeam report",
    `written   ${context.writtenAt}, ${Math.round(context.nowMs - startedMs)} ms after the start`,
    `version   ${plain(context.version)}`,
    `browser   ${plain(context.userAgent)}`,
    `context   ${context.secureContext ? "secure" : "not secure (plain http)"}`,
    `server    ${plain(context.serverHost.replace(/[/?#].*$/s, ""))}`,
    `room      ${/^\d+/.exec(context.room ?? "")?.[0] ?? "none"}`,
    `state     ${plain(context.state)}`,
    `path      ${report.moves.at(-1)?.path ?? "none"}, ${sealWords(context.sealed)}, round trip ${roundTripWords(context.rttMs)}`,
    `counts    ${counts.updates} updates, ${counts.bytes} bytes, ${counts.inputs} inputs`,
    `last      ${lastReason === undefined ? "nothing went wrong" : `${lastReason.reason} at ${at(lastReason.atMs).trim()}`}`,
    "",
    "steps (ms since the start)",
    ...STEP_NAMES.map((name) => stepLine(name, report.steps[name], at, context.nowMs)),
    "",
    "paths",
    ...(report.moves.length === 0 ? ["none"] : report.moves.map((move) => `${at(move.atMs)} ${move.path}`)),
    "",
    `losses: ${report.losses}`,
    ...report.attempts.map((attempt) => attemptLine(attempt, at)),
    "",
  ].join("\n");
}

type At = (ms: number) => string;

function stepLine(name: StepName, state: StepState, at: At, nowMs: number): string {
  const label = name.padEnd(9);
  switch (state.at) {
    case "waiting":
      return `${" ".repeat(9)} ${label} not tried`;
    case "trying":
      return `${at(state.sinceMs)} ${label} trying for ${Math.round(nowMs - state.sinceMs)} ms of ${state.limitMs} ms`;
    case "ok":
      return `${at(state.sinceMs)} ${label} ok after ${Math.round(state.tookMs)} ms`;
    case "failed":
      return `${at(state.sinceMs)} ${label} failed after ${Math.round(state.tookMs)} ms: ${state.reason}`;
    case "not-used":
      return `${" ".repeat(9)} ${label} not used: ${state.reason}`;
  }
}

function attemptLine({ lostMs, why, tries, back }: Attempt, at: At): string {
  return `${at(lostMs)} ${why}, tries ${tries}, ${backWords(back, lostMs)}`;
}

function backWords(back: Move | undefined, lostMs: number): string {
  return back === undefined ? "not back yet" : `back after ${Math.round(back.atMs - lostMs)} ms over ${back.path}`;
}

function sealWords(sealed: boolean | undefined): string {
  if (sealed === undefined) return "not connected";
  return sealed ? "sealed" : "not sealed";
}

function roundTripWords(rttMs: number | undefined): string {
  return rttMs === undefined ? "unknown" : `${Math.round(rttMs)} ms`;
}

/** One line, no more than MAX_WORDS characters. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").slice(0, MAX_WORDS);
}
