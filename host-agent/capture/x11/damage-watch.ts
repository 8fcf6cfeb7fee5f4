import type { Rect } from "../../../protocol/geometry.ts";
import type { X11Damage, X11Fixes, X11Rect } from "../../x11/client.ts";
import type { X11Connection } from "../../x11/connection.ts";

/** More rectangles than this are reported as the one around them all: damage may be over-reported. */
const MAX_REPORTED_RECTS = 256;

/**
 * Where the server is in telling us of damage:
 *   off       nobody watches
 *   armed     the next change makes it notify us, and we fetch where at once
 *   reported  we said where, or have asked; until the reader comes (`latest`, `take`), further notices only set `more`
 *
 * A busy program changes the screen thousands of times a second. Fetching only once per read keeps us at the reader's
 * pace, and nothing is lost: what is not fetched stays in the server's damage region.
 */
type Reported = { readonly kind: "reported"; more: boolean };
type State = { readonly kind: "off" } | { readonly kind: "armed" } | Reported;

/** The DAMAGE extension on the root window, level NonEmpty: one notice, then silence until the damage is taken away. */
export class DamageWatch {
  private readonly x: X11Connection;
  private readonly damage: X11Damage;
  private readonly fixes: X11Fixes;
  private readonly report: (rects: readonly Rect[]) => boolean;
  private readonly reportMore: () => void;
  private readonly damageId: number;
  private readonly partsId: number;
  private state: State = { kind: "off" };
  /** The last answer to where it changed, until it is here. */
  private asked = Promise.resolve();

  /**
   * @param report takes rectangles of the root; returns false when none of them matters to the reader
   * @param reportMore something has changed since, and `latest` would tell where
   */
  constructor(
    x: X11Connection,
    extensions: { readonly damage: X11Damage; readonly fixes: X11Fixes },
    report: (rects: readonly Rect[]) => boolean,
    reportMore: () => void,
  ) {
    this.x = x;
    this.damage = extensions.damage;
    this.fixes = extensions.fixes;
    this.report = report;
    this.reportMore = reportMore;
    this.damageId = x.client.AllocID();
    this.partsId = x.client.AllocID();
    x.onEvent("DamageNotify", (event) => {
      if (event.damage === this.damageId) this.noticed();
    });
  }

  /** The caller reports the whole display itself. */
  start(): void {
    if (this.state.kind !== "off") return;
    this.state = { kind: "armed" };
    this.fixes.CreateRegion(this.partsId, []);
    this.damage.Create(this.damageId, this.x.root, this.damage.ReportLevel.NonEmpty);
    // It is born with the whole window in it, which the caller reports anyway: once is enough.
    this.damage.Subtract(this.damageId, 0, 0);
  }

  stop(): void {
    if (this.state.kind === "off") return;
    this.state = { kind: "off" };
    this.damage.Destroy(this.damageId);
    this.fixes.DestroyRegion(this.partsId);
  }

  /** Resolves when all that we were told of until now is reported. */
  async latest(): Promise<void> {
    if (this.state.kind === "reported" && this.state.more) this.fetch();
    await this.asked;
  }

  /**
   * The reader is about to read; must be called before its requests are sent.
   * @returns where it has changed until then, beside what was reported before
   */
  async take(): Promise<readonly Rect[]> {
    if (this.state.kind === "off") return [];
    const { state, answer } = this.ask();
    const rects = await answer;
    this.goOn(state);
    return rects;
  }

  private noticed(): void {
    if (this.state.kind === "armed") this.fetch();
    else if (this.state.kind === "reported" && !this.state.more) {
      this.state.more = true;
      this.reportMore();
    }
  }

  /**
   * What was asked for is taken care of: the next change is asked for at once, or the one that came meanwhile. Unless something
   * was asked since: then that answer decides.
   */
  private goOn(asked: Reported): void {
    if (this.state !== asked) return;
    if (asked.more) this.fetch();
    else this.state = { kind: "armed" };
  }

  private fetch(): void {
    const { state, answer } = this.ask();
    this.asked = answer.then((rects) => {
      // All of it outside the shared part: no read will come.
      if (this.state.kind !== "off" && !this.report(rects)) this.goOn(state);
    });
  }

  /**
   * Subtract empties the server's region into ours and arms it again, in one step on the server: a change before it is
   * in the answer, a change after it brings a new notice.
   */
  private ask(): { readonly state: Reported; readonly answer: Promise<readonly Rect[]> } {
    const state: Reported = { kind: "reported", more: false };
    this.state = state;
    this.damage.Subtract(this.damageId, 0, this.partsId);
    return { state, answer: this.answer() };
  }

  private async answer(): Promise<readonly Rect[]> {
    try {
      const { extents, rectangles } = await this.x.ask<{ extents: X11Rect; rectangles: readonly X11Rect[] }>((reply) =>
        this.fixes.FetchRegion(this.partsId, reply),
      );
      return rectangles.length > MAX_REPORTED_RECTS ? [extents] : rectangles;
    } catch {
      // The display is closed, which its owner hears of elsewhere; or the watch was stopped and the region is gone.
      return [];
    }
  }
}
