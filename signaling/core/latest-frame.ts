/**
 * What a watcher of an MJPEG stream is sent next: always the newest picture, never a queue. A watcher that is slow
 * skips what came meanwhile, so it holds one picture at most, and its delay is one picture too.
 */
export type Frame = { readonly sequence: number; readonly jpeg: Uint8Array };

export type Watching =
  /** Has seen nothing yet. */
  | { readonly state: "fresh" }
  /** Part of a picture is still in this process. */
  | { readonly state: "writing"; readonly sequence: number; readonly sinceMs: number }
  /** Everything sent has left this process. `shown`: this picture was sent twice, so every client has painted it. */
  | { readonly state: "drained"; readonly sequence: number; readonly sentMs: number; readonly shown: boolean };

export type Step =
  | { readonly do: "send"; readonly frame: Frame }
  /** Look again then, or earlier when a frame arrives or the watcher has drained. */
  | { readonly do: "wait"; readonly untilMs: number }
  /** Nothing to do until a frame arrives. */
  | { readonly do: "idle" }
  /** The watcher takes nothing any more: let it go. */
  | { readonly do: "end" };

/** An unchanged picture is sent again this often, so that a client sees life and its own time-out does not strike. */
export const REPEAT_MS = 1_000;
/**
 * Chromium (seen in 156) paints a part only when the headers of the next one have come, whatever boundary follows it.
 * So a picture that no newer one follows within this time is sent once more; a moving display never waits for it.
 */
export const SHOW_MS = 40;
/** Nobody who still looks needs this long for one picture. */
export const STALLED_MS = 30_000;

export function nextStep(watching: Watching, newest: Frame | undefined, nowMs: number): Step {
  switch (watching.state) {
    case "fresh":
      return newest === undefined ? { do: "idle" } : { do: "send", frame: newest };
    case "writing": {
      const untilMs = watching.sinceMs + STALLED_MS;
      return nowMs < untilMs ? { do: "wait", untilMs } : { do: "end" };
    }
    case "drained": {
      if (newest === undefined) return { do: "idle" };
      const untilMs = watching.sentMs + (watching.shown ? REPEAT_MS : SHOW_MS);
      const due = newest.sequence !== watching.sequence || nowMs >= untilMs;
      return due ? { do: "send", frame: newest } : { do: "wait", untilMs };
    }
  }
}
