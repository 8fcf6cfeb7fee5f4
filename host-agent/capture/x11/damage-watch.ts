import type { Rect } from "../../../protocol/geometry.ts";
import type { X11Connection } from "../../x11/connection.ts";
import type { X11Damage, X11Fixes } from "../../x11/extensions.ts";

/** More rectangles than this are reported as the one around them all: damage may be over-reported. */
const MAX_REPORTED_RECTS = 256;

/**
 * The DAMAGE extension on the root window, level NonEmpty: one notice, then silence until the damage is taken away. A busy
 * program changes the screen thousands of times a second: we ask where once for each read, and nothing is lost, as what
 * was not asked for stays in the server's damage region.
 */
export class DamageWatch {
  private readonly x: X11Connection;
  private readonly damage: X11Damage;
  private readonly fixes: X11Fixes;
  private readonly notice: () => void;
  private readonly damageId: number;
  private readonly partsId: number;
  private isOn: boolean = false;
  private isNoticed: boolean = false;

  /** @param notice something has changed, and `take` would tell where: once until then */
  constructor(
    x: X11Connection,
    extensions: { readonly damage: X11Damage; readonly fixes: X11Fixes },
    notice: () => void,
  ) {
    this.x = x;
    this.damage = extensions.damage;
    this.fixes = extensions.fixes;
    this.notice = notice;
    this.damageId = x.client.AllocID();
    this.partsId = x.client.AllocID();
    x.onEvent("DamageNotify", (event) => {
      if (event.damage === this.damageId) this.noticed();
    });
  }

  /** Whether a notice has come since the last `take`. */
  get hasNotice(): boolean {
    return this.isNoticed;
  }

  /** The caller reports the whole display itself. */
  start(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.isNoticed = false;
    this.fixes.CreateRegion(this.partsId, []);
    this.damage.Create(this.damageId, this.x.root, this.damage.ReportLevel.NonEmpty);
    // It is born with the whole window in it, which the caller reports anyway: once is enough.
    this.damage.Subtract(this.damageId, 0, 0);
  }

  stop(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.isNoticed = false;
    this.damage.Destroy(this.damageId);
    this.fixes.DestroyRegion(this.partsId);
  }

  /**
   * Where it has changed since the last call, as rectangles of the root. Subtract empties the server's region into ours and
   * arms it again, in one step on the server: a change before it is in the answer, a change after it brings a new notice.
   */
  async take(): Promise<readonly Rect[]> {
    if (!this.isOn) return [];
    this.isNoticed = false;
    this.damage.Subtract(this.damageId, 0, this.partsId);
    return this.answer();
  }

  private noticed(): void {
    if (!this.isOn || this.isNoticed) return;
    this.isNoticed = true;
    this.notice();
  }

  private async answer(): Promise<readonly Rect[]> {
    try {
      const { extents, rectangles } = await this.x.ask<{ extents: Rect; rectangles: readonly Rect[] }>((reply) =>
        this.fixes.FetchRegion(this.partsId, reply),
      );
      return rectangles.length > MAX_REPORTED_RECTS ? [extents] : rectangles;
    } catch {
      // The display is closed, which its owner hears of elsewhere; or the watch was stopped and the region is gone.
      return [];
    }
  }
}
