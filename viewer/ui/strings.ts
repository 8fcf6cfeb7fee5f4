import type { Path } from "../../protocol/pipe.ts";
import type { NotUsedReason, StepName, StepReason, StepState } from "../core/connect-report.ts";
import type { FitMode } from "../core/fit.ts";
import type { LossReason } from "../core/session-state.ts";
import type { EndNotices, JoinNotices } from "./notice.ts";

const joinProblems: JoinNotices = {
  typo: {
    sentence: "One digit of this code is wrong.",
    nextStep: "Compare it with the one you were given and try again. Nothing was used up.",
  },
  incomplete: {
    sentence: "The code is not complete yet.",
    nextStep: "It has a room number of four to six digits, then nine more. Or paste the whole link.",
  },
  "not-a-code": {
    sentence: "This is neither a code nor a link to a shared desktop.",
    nextStep: "Enter the digits you were given, or paste the whole link.",
  },
  "no-such-room": {
    sentence: "No desktop is shared under this code right now.",
    nextStep: "Ask whether sharing is still running, and for a fresh code if it is not.",
  },
  "no-answer": {
    sentence: "The desktop is there, but did not answer.",
    nextStep: "Try again in a moment. If it stays silent, ask for sharing to be started anew.",
  },
  "server-unreachable": {
    sentence: "The server this page came from cannot be reached.",
    nextStep: "Check your network connection and try again.",
  },
  busy: {
    sentence: "The server has no room left.",
    nextStep: "Try again in a few minutes.",
  },
  "too-many": {
    sentence: "Too many tries came from your address.",
    nextStep: "Wait a minute, then try again.",
  },
  "wrong-code": {
    sentence: "The code is wrong, or somebody is in between.",
    nextStep: "Check it digit by digit. If it is right, do not go on: ask for a fresh one.",
  },
  "code-burned": {
    sentence: "This code was tried wrongly too often and is void now.",
    nextStep: "Ask for the fresh code that the shared desktop shows.",
  },
  "code-used": {
    sentence: "This code has let somebody in already, or has expired.",
    nextStep: "Ask for a fresh one: each code is for one viewer.",
  },
  "seat-lost": {
    sentence: "Your seat at this desktop is gone.",
    nextStep: "You were away too long. Ask for a fresh code or link.",
  },
};

const endReasons: EndNotices = {
  "host-stopped": {
    sentence: "Sharing was stopped.",
    nextStep: "If you need to come back, ask for a fresh code or link.",
  },
  kicked: {
    sentence: "The person at the desktop ended your visit.",
    nextStep: "If you need to come back, ask for a fresh code or link.",
  },
  "viewer-left": {
    sentence: "You left the shared desktop.",
    nextStep: "To come back, ask for a fresh code or link.",
  },
  denied: {
    sentence: "The person at the desktop did not let you in.",
    nextStep: "Talk to them, then try again with a fresh code.",
  },
  "no-answer": {
    sentence: "Nobody at the desktop answered.",
    nextStep: "Ask the person there to watch for the question, then try again with a fresh code.",
  },
  "wrong-code": {
    sentence: "The code is wrong, or somebody is in between.",
    nextStep: "Check it digit by digit. If it is right, do not go on: ask for a fresh one.",
  },
  "code-burned": {
    sentence: "This code was tried wrongly too often and is void now.",
    nextStep: "Ask for the fresh code that the shared desktop shows.",
  },
  "room-full": {
    sentence: "As many people as this desktop takes are watching already.",
    nextStep: "Try again when somebody has left.",
  },
  expired: {
    sentence: "The time of this invitation is over.",
    nextStep: "Ask for a fresh code or link.",
  },
  "no-progress": {
    sentence: "Your connection was too slow to keep up for a while, and the seat was given back.",
    nextStep: "Check your network, then join again with a fresh code.",
  },
  "protocol-error": {
    sentence: "The two sides did not understand each other.",
    nextStep: "Reload this page. If it happens again, one side may need an update.",
  },
  flooded: {
    sentence: "This browser sent more than the desktop accepts.",
    nextStep: "Reload this page and join again. Paste long texts in smaller pieces.",
  },
  "version-mismatch": {
    sentence: "This page and the shared desktop run versions that do not fit.",
    nextStep: "Reload this page. If that does not help, the desktop's side needs an update.",
  },
  "capture-lost": {
    sentence: "The desktop's picture was lost, perhaps because its session ended.",
    nextStep: "Ask the person there to start sharing again.",
  },
  "path-refused": {
    sentence: "No connection was possible that both sides allow.",
    nextStep: "Try another network, or ask the person at the desktop to allow more kinds of connection.",
  },
  "host-gone": {
    sentence: "The desktop has not come back.",
    nextStep: "Its computer or its network may be off. Ask for a fresh code when it is there again.",
  },
  "mjpeg-refused": {
    sentence: "No sealed connection was possible, and the desktop does not allow an unsealed one.",
    nextStep: "Try another network, or ask for sharing to be started with --mjpeg allow.",
  },
  "no-webrtc": {
    sentence: "This browser has no WebRTC, and no other way to the picture is open to it here.",
    nextStep:
      "Use another browser or allow WebRTC in this one, or ask for a server whose relay is on (serve --relay on).",
  },
  "no-path": {
    sentence: "No connection to the desktop could be made.",
    nextStep: "A firewall may be in the way. Try another network on either side.",
  },
  "no-picture": {
    sentence: "The desktop answers, but its picture does not arrive.",
    nextStep: "Something on the way may hold picture streams back. Try another network, or share again.",
  },
};

const paths: { readonly [Each in Path]: string } = {
  direct: "Direct",
  turn: "Relayed (TURN)",
  relay: "Relayed",
  mjpeg: "Picture stream",
};

const fits: { readonly [Each in FitMode]: string } = {
  fit: "Fit to window",
  "1:1": "Actual size",
  stretch: "Stretch to fill",
};

const stepNames: { readonly [Each in StepName]: string } = {
  server: "Server",
  code: "Code",
  approval: "Permission",
  direct: "Direct connection",
  turn: "Relay by TURN",
  relay: "Relay by this server",
  mjpeg: "Unsealed picture",
  picture: "First picture",
};

/** What is being done; the limit stands beside it. */
const stepTrying: { readonly [Each in StepName]: string } = {
  server: "Calling the server",
  code: "Proving the code to the desktop",
  approval: "The person there is being asked",
  direct: "Looking for the shortest way",
  turn: "Looking for a way around firewalls",
  relay: "Meeting the desktop at the server",
  mjpeg: "Asking for the last way there is",
  picture: "Waiting for the desktop to send it",
};

const stepStates: { readonly [Each in StepState["at"]]: string } = {
  waiting: "not tried yet",
  trying: "now",
  ok: "done",
  failed: "failed",
  "not-used": "not used",
};

const stepReasons: { readonly [Each in StepReason]: string } = {
  unreachable: "The server cannot be reached.",
  busy: "The server has no room left.",
  "too-many": "Too many tries came from your address.",
  "no-such-room": "No desktop is shared under this code right now.",
  "no-answer": "There was no answer in time.",
  "wrong-code": "The code is wrong, or somebody is in between.",
  "code-burned": "It was tried wrongly too often and is void now.",
  "code-used": "It has let somebody in already, or has expired.",
  "seat-lost": "You were away too long.",
  refused: "The desktop does not allow it.",
  "no-way-found": "No way through: a firewall may be in between.",
  closed: "It was there, and broke off.",
  "time-is-up": "It took too long.",
  "not-understood": "The two sides did not understand each other.",
  "given-up": "Given up.",
};

const stepNotUsed: { readonly [Each in NotUsedReason]: string } = {
  "not-needed": "not needed",
  "forced-other": "Another way was asked for.",
  "no-webrtc": "This browser has no WebRTC.",
  "no-turn-server": "The server offers none.",
  "host-has-it-off": "Switched off at the desktop.",
  "server-has-it-off": "Switched off at the server.",
};

/** What a path is, for somebody who never heard of it. */
const pathMeanings: { readonly [Each in Path]: string } = {
  direct: "Your browser and the desktop talk to each other directly.",
  turn: "A TURN server passes everything on.",
  relay: "The server of this page passes everything on.",
  mjpeg: "The picture comes as a plain stream through the server of this page.",
};

const losses: { readonly [Each in LossReason]: string } = {
  "host-silent": "The desktop is not answering.",
  network: "The connection was lost.",
  signaling: "The server cannot be reached.",
};

/** How long something took, as exactly as it matters. */
function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : wholeSeconds(ms);
}

/** How long something has been going on, or may. */
function wholeSeconds(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

/** Every word of the page, in English. Another language is another object of this shape. */
export const strings = {
  name: "deskbeam",
  join: {
    heading: "See a shared desktop",
    lead: "Enter the code you were given, or paste the link.",
    field: "Code or link",
    placeholder: "7316 · 482 915 060",
    submit: "Join",
    foot: "No account, nothing to install.",
  },
  joinProblems,
  ended: { heading: "The session has ended", again: "Have a fresh code or link?" },
  endReasons,
  progress: {
    heading: { waiting: "Looking for the desktop", approving: "Waiting to be let in", connecting: "Connecting" },
    lead: {
      waiting: (room: string) => `Room ${room}`,
      approving: "The person at the desktop is being asked whether you may look.",
      approvingUnsealed:
        "Only an unsealed picture is possible. The person at the desktop is asked whether that will do.",
      looking: "Looking for a way to the desktop.",
      several: "Trying several ways at once. The first that works is taken.",
      next: (name: string) => `If this does not work, the next way is: ${name}.`,
      last: "This is the last way there is.",
      picture: "Connected. The first picture is on its way.",
    },
    cancel: "Cancel",
  },
  paused: { heading: "Paused", lead: "The person at the desktop has paused sharing. It goes on by itself." },
  away: {
    heading: "Connection lost",
    lead: "The desktop has not been heard for a minute. This page goes on trying and shows it again as soon as there is a way; your seat is kept for 10 minutes.",
    tryNow: "Try now",
    leave: "Leave",
  },
  reconnecting: {
    losses,
    trying: "Reconnecting…",
    nextTry: "The next try comes in a moment.",
    soFar: (ms: number) => `${wholeSeconds(ms)} so far; your seat is kept for 10 minutes.`,
  },
  steps: {
    label: "Steps to the picture",
    names: stepNames,
    trying: stepTrying,
    states: stepStates,
    reasons: stepReasons,
    approvalRefused: "The person at the desktop said no.",
    notUsed: stepNotUsed,
    timeOf: (triedMs: number, limitMs: number) => `${wholeSeconds(triedMs)} of ${wholeSeconds(limitMs)}`,
  },
  report: {
    heading: "Connection",
    paths: pathMeanings,
    history: "So far",
    backAfter: (loss: string, ms: number) => `${loss} Back after ${duration(ms)}.`,
    tried: "What was tried",
    copy: "Copy report",
    copied: "Copied",
    byHand: "This browser lets no page copy. The text is selected: copy it by hand.",
    text: "Report on this session",
  },
  duration,
  wholeSeconds,
  live: {
    stage: "Shared desktop",
    picture: "Picture of the shared desktop",
    watching: "You see the shared desktop.",
    controlling: "You control the shared desktop.",
    controlEnded: "You no longer control the shared desktop.",
  },
  badges: {
    view: "View only",
    control: "You control",
    sealed: "Sealed",
    sealedMeaning: "Sealed end to end: nobody in between can look or interfere.",
    unsealed: "Not end-to-end encrypted",
    unsealedMeaning: "Whoever carries this picture on its way could look at it.",
    paths,
    roundTrip: (rttMs: number) => `${Math.round(rttMs)} ms`,
  },
  toolbar: {
    label: "Session",
    askControl: "Ask for control",
    controlAsked: "Asked for control…",
    keys: "Special keys",
    keysHint: "gives the keyboard back to this page",
    typeText: "Type text",
    typeTextLead: "This is typed on the shared desktop.",
    typeTextSubmit: "Type it",
    fit: "Size of the picture",
    fits,
    fullscreen: "Full screen",
    leave: "Leave",
  },
  pasteTooLong: (characters: number, most: number) =>
    `This text has ${characters} characters; at most ${most} can be typed at once. Nothing was typed.`,
};
