import { nodeAead } from "../../host-agent/aead/node.ts";
import type { Role } from "../../protocol/control.ts";
import type { EncodedRect } from "../../protocol/encoded-rect.ts";
import { type Size, sameSize } from "../../protocol/geometry.ts";
import type { InputEvent } from "../../protocol/input.ts";
import type { Path } from "../../protocol/pipe.ts";
import type { Update, UpdateStep } from "../../protocol/update.ts";
import { SeatStore } from "../../viewer/connect/seat-store.ts";
import type { Display } from "../../viewer/connection.ts";
import { ConnectReport } from "../../viewer/core/connect-report.ts";
import { NOTHING_PAINTED } from "../../viewer/core/screen-stats.ts";
import { ViewerSession } from "../../viewer/session.ts";
import { linkSetting } from "./link-setting.ts";
import { ModelHistory, painting } from "./model-viewer.ts";
import type { SharedHost } from "./shared-host.ts";

/** A canvas in memory: as viewer/render/screen.ts, it paints whole updates in the order they came, and forgets on reset. */
class ModelScreen {
  onPainted: Display["screen"]["onPainted"] = () => {};
  onBroken: Display["screen"]["onBroken"] = () => {};
  readonly stats = { ...NOTHING_PAINTED };
  private size: Size = { width: 0, height: 0 };
  private picture = new Uint8Array();
  private arriving: { readonly size: Size; readonly rects: EncodedRect[] } | undefined;
  private readonly history = new ModelHistory();
  private painting: Promise<void> = Promise.resolve();
  private era = 0;

  apply(step: UpdateStep): void {
    if (step.kind === "begin") this.arriving = { size: step.size, rects: [] };
    else if (step.kind === "rect") this.arriving?.rects.push(step.rect);
    else if (step.kind === "break-off") this.arriving = undefined;
    else if (this.arriving !== undefined) {
      const { arriving } = this;
      this.arriving = undefined;
      this.paint({ sequence: step.sequence, ...arriving });
    }
  }

  applyShort(update: Update): void {
    this.paint(update);
  }

  private paint({ sequence, size, rects }: Update): void {
    const { era } = this;
    this.painting = this.painting.then(async () => {
      const paint = await this.decode(rects).catch((error: Error) => error);
      if (era !== this.era) return;
      if (paint instanceof Error) return this.onBroken(paint, sequence);
      if (!sameSize(this.size, size)) {
        this.size = size;
        this.picture = new Uint8Array(size.width * size.height * 3);
      }
      paint({ width: this.size.width, rgb: this.picture });
      this.stats.updates += 1;
      this.onPainted({ sequence, paintTenthsMs: 1 });
    });
  }

  private async decode(rects: readonly EncodedRect[]) {
    try {
      return await painting(rects, this.history);
    } catch (error) {
      this.history.clear();
      throw error;
    }
  }

  reset(): void {
    this.era += 1;
    this.skip();
  }

  skip(): void {
    this.arriving = undefined;
    this.painting = this.painting.then(() => this.history.clear());
  }

  /** 0xRRGGBB */
  colourAt(x: number, y: number): number {
    const at = (y * this.size.width + x) * 3;
    return ((this.picture[at] ?? 0) << 16) | ((this.picture[at + 1] ?? 0) << 8) | (this.picture[at + 2] ?? 0);
  }
}

/** The page's own session in this process, with a screen in memory: arrives, moves, is lost and comes back by itself. */
export type NodeViewer = {
  readonly session: ViewerSession;
  readonly report: ConnectReport;
  /** `live relay`, `reconnecting`, ...: what the page showed, each change once. */
  readonly shown: string[];
  /** Every role the page took, also when it had it already. */
  readonly roles: Role[];
  readonly path: () => Path | undefined;
  readonly input: (...events: InputEvent[]) => void;
  /** How many pixels differ from the shared display. */
  readonly wrongPixels: (host: SharedHost) => number;
  readonly close: () => void;
};

/** Opens the host's newest link. Ended by `close`, as a page that goes away. */
export function openNodeViewer(
  serverUrl: string,
  host: SharedHost,
  config = { relay: true, mjpeg: false },
): NodeViewer {
  const screen = new ModelScreen();
  const report = new ConnectReport();
  const shown: string[] = [];
  const roles: Role[] = [];
  const session = pagelessSession(serverUrl, config, screen, report, {
    changed: (state) => {
      const words = "path" in state ? `${state.kind} ${state.path}` : state.kind;
      if (shown.at(-1) !== words) shown.push(words);
    },
    role: (role) => roles.push(role),
  });
  session.enter({ kind: "link", room: host.room, secret: host.link() });
  return {
    session,
    report,
    shown,
    roles,
    path: () => session.stats().path,
    input: (...events) => {
      for (const event of events) session.input(event);
    },
    wrongPixels: ({ capture }) => {
      let wrong = 0;
      for (let y = 0; y < capture.size.height; y++) {
        for (let x = 0; x < capture.size.width; x++) {
          if (screen.colourAt(x, y) !== capture.colourAt(x, y)) wrong += 1;
        }
      }
      return wrong;
    },
    close: () => session.leavePage(),
  };
}

/** The page's own session without the page: what comes goes to `screen`, whatever that does with it. */
export function pagelessSession(
  serverUrl: string,
  config: { readonly relay: boolean; readonly mjpeg: boolean },
  screen: Display["screen"],
  report: ConnectReport,
  hears: { readonly changed: (state: ViewerSession["state"]) => void; readonly role: (role: Role) => void },
): ViewerSession {
  return new ViewerSession({
    setting: {
      ...linkSetting(serverUrl),
      config: Promise.resolve({ iceServers: [], ...config }),
      report,
      // The same bytes for less of the processor: many of these share it with what is measured.
      openAead: nodeAead,
    },
    parameters: { viewOnly: false, resize: "fit", quality: 0, embed: false, lang: undefined, path: "auto" },
    display: {
      screen,
      image: { onFirstPicture: () => {}, onFailed: () => {}, open: () => {}, close: () => {} },
      cursor: { shape: () => {}, place: () => {}, setRole: hears.role },
    },
    seats: new SeatStore(undefined),
    heldNow: () => ({ buttons: [], codes: [] }),
    random: Math.random,
    changed: hears.changed,
    roleSaid: () => {},
  });
}
