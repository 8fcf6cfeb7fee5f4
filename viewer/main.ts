import { parseFragment } from "../protocol/room-code.ts";
import { nobleAead } from "./aead/noble.ts";
import { loadConfig } from "./connect/config.ts";
import { SeatStore } from "./connect/seat-store.ts";
import { ConnectReport } from "./core/connect-report.ts";
import type { JpegWay } from "./core/decoder-choice.ts";
import { viewerLabel } from "./core/label.ts";
import { readPageParameters } from "./core/page-parameters.ts";
import { type ReportContext, reportText } from "./core/report-text.ts";
import { mayControl } from "./core/session-state.ts";
import { pressed, typedText } from "./core/typed-text.ts";
import { attachInput } from "./input/attach-input.ts";
import { showOnPage } from "./page-state.ts";
import { quickestAreaCopy } from "./render/area-copy.ts";
import { CursorView } from "./render/cursor-view.ts";
import { ImageStream } from "./render/image-stream.ts";
import { RacedDecoder } from "./render/raced-decoder.ts";
import { Screen } from "./render/screen.ts";
import { ViewerSession } from "./session.ts";
import { pasteTooLongNote } from "./ui/announcer.ts";
import { Model } from "./ui/model.ts";
import { mountUi } from "./ui/mount.ts";

/**
 * What this browser is quickest with is found out so long after the first picture was painted: by then it is on the screen,
 * its receipt has left, and the session has mostly moved to the best way. The races hold up the page for some ten
 * milliseconds; where no graphics card draws, for 60.
 */
const RACES_AFTER_MS = 500;

/** Builds the page and joins what it knows: parts are made here and nowhere else. */
function start(): void {
  const page = new URL(location.href);
  const { hash } = page;
  // The secret leaves the address bar before anything else: no history, no screenshot, no shoulder has it.
  if (hash !== "") history.replaceState(null, "", page.pathname + page.search);
  const base = new URL(".", page.origin + page.pathname);
  const parameters = readPageParameters(page.searchParams);

  const root = document.getElementById("app");
  if (root === null) throw new Error("The page has no element #app.");
  const model = new Model({ fit: parameters.resize, viewOnly: parameters.viewOnly, embedded: parameters.embed });
  const report = () => reportText(model.view.report, reportContext(session, page.host));
  const { stage, canvas, image } = mountUi(root, model, {
    join: (text) => session.join(text),
    askControl: () => {
      session.askControl();
      model.update({ controlAsked: true });
    },
    disconnect: () => session.disconnect(),
    tryNow: () => session.hurry(),
    pressKeys: (codes) => {
      for (const event of pressed(codes)) session.input(event);
    },
    typeText: (text) => {
      for (const event of typedText(text)) session.input(event);
    },
    reportText: report,
  });
  const input = attachInput(stage, {
    event: (event) => session.input(event),
    pasteTooLong: (characters) => model.update({ note: pasteTooLongNote(characters) }),
  });
  const nowMs = () => performance.now();
  const decoder = new RacedDecoder(openDecodeWorker, nowMs);
  const screen = new Screen(canvas, decoder);
  let areRacesSet = false;
  const raceLater = () => {
    if (areRacesSet) return;
    areRacesSet = true;
    setTimeout(() => {
      decoder.start();
      screen.copyArea = quickestAreaCopy(nowMs);
    }, RACES_AFTER_MS);
  };
  const session = new ViewerSession({
    setting: {
      base,
      config: loadConfig(base),
      label: viewerLabel(navigator.userAgent),
      randomBytes,
      openAead: nobleAead,
      nowMs,
      report: new ConnectReport((report) => model.update({ report })),
    },
    parameters,
    display: { screen, image: new ImageStream(image), cursor: new CursorView(stage) },
    seats: new SeatStore(storage()),
    heldNow: () => input.heldNow(),
    random: Math.random,
    changed: (state) => {
      model.update({ state });
      input.setEnabled(mayControl(state));
      showOnPage(document.documentElement, state);
      if (state.kind === "live") raceLater();
    },
    roleSaid: () => model.update({ controlAsked: false }),
  });
  showOnPage(document.documentElement, session.state);
  const stats = () => ({ ...session.stats(), jpegWay: decoder.jpegWay });
  window.deskbeam = { stats, report };

  window.addEventListener("pagehide", () => session.leavePage());
  // A page taken out of the browser's cache of left pages is a picture of the past: it starts anew and takes its seat.
  window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  window.addEventListener("online", () => session.hurry());
  // A second link opened in this tab changes only what follows the #.
  window.addEventListener("hashchange", () => location.reload());

  const entry = hash === "" ? undefined : parseFragment(hash);
  if (entry === undefined) session.returnToSeat();
  else if (entry.kind === "problem") session.join(hash);
  else session.enter(entry);
}

function reportContext(session: ViewerSession, serverHost: string): ReportContext {
  const { state, room } = session;
  const { screen, inputsSent, rttMs } = session.stats();
  const sealed = state.kind === "live" || state.kind === "paused" ? state.sealed : undefined;
  return {
    nowMs: performance.now(),
    writtenAt: new Date().toISOString(),
    version: PROGRAM_VERSION,
    userAgent: navigator.userAgent,
    secureContext: isSecureContext,
    serverHost,
    room,
    state: state.kind,
    sealed,
    rttMs,
    counts: { updates: screen.updates, bytes: screen.bytes, inputs: inputsSent },
  };
}

function openDecodeWorker(): Worker {
  return new Worker(new URL("./render/decode-worker.ts", import.meta.url), { type: "module" });
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Browsers that forbid storage throw at the mere mention of it. */
function storage(): Storage | undefined {
  try {
    return window.sessionStorage;
  } catch {
    return undefined;
  }
}

declare global {
  /** Put in by the build (vite.config.ts). */
  const PROGRAM_VERSION: string;

  interface Window {
    /** For tests and embedding pages; read only. */
    deskbeam: {
      readonly stats: () => ReturnType<ViewerSession["stats"]> & { readonly jpegWay: JpegWay | undefined };
      readonly report: () => string;
    };
  }
}

start();
