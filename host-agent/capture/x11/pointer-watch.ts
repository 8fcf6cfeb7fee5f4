import type { Point } from "../../../protocol/geometry.ts";
import type { X11Pointer } from "../../x11/client.ts";
import type { X11Connection } from "../../x11/connection.ts";
import type { X11Xinput } from "../../x11/extensions.ts";

/**
 * Tells where the pointer is. XInput2 raw motion says only *that* it moved (in device units, whatever window it is
 * over), so each report is one question to the server, and there is never more than one under way.
 */
export class PointerWatch {
  private readonly x: X11Connection;
  private readonly xinput: X11Xinput;
  private readonly report: (at: Point) => void;
  private watching: boolean = false;
  private asking: "no" | "yes" | "again" = "no";
  private last: Point | undefined;

  /** @param report takes root coordinates, and only changes */
  constructor(x: X11Connection, xinput: X11Xinput, report: (at: Point) => void) {
    this.x = x;
    this.xinput = xinput;
    this.report = report;
    x.onEvent("XIRawMotion", () => this.look());
  }

  start(): void {
    if (this.watching) return;
    this.watching = true;
    this.last = undefined;
    this.select(this.xinput.EventMask.RawMotion);
    this.look();
  }

  stop(): void {
    if (!this.watching) return;
    this.watching = false;
    this.select(0);
  }

  /** Also called with each read: a program that warps the pointer causes no raw motion. */
  look(): void {
    if (!this.watching) return;
    if (this.asking !== "no") {
      this.asking = "again";
      return;
    }
    this.asking = "yes";
    this.x
      .ask<X11Pointer>((reply) => this.x.client.QueryPointer(this.x.root, reply))
      .then(({ rootX: x, rootY: y }) => {
        if (!this.watching || (this.last?.x === x && this.last.y === y)) return;
        this.last = { x, y };
        this.report(this.last);
      })
      // Only a closed display cannot say where its pointer is, and its owner hears of that elsewhere.
      .catch(() => undefined)
      .finally(() => {
        const again = this.asking === "again" && this.watching && !this.x.closed;
        this.asking = "no";
        if (again) this.look();
      });
  }

  private select(mask: number): void {
    this.xinput.XISelectEvents(this.x.root, { deviceId: this.xinput.AllMasterDevices, mask });
  }
}
