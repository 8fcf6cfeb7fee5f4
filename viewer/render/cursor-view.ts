import type { Role } from "../../protocol/control.ts";
import type { CursorShape } from "../../protocol/cursor.ts";
import { type Fraction, pixelAt } from "../../protocol/geometry.ts";
import { shownPicture } from "./picture.ts";

type Shape = {
  readonly url: string;
  readonly width: number;
  readonly hotspot: { readonly x: number; readonly y: number };
};

/** A pointer drawn smaller than this share of itself cannot be made out on a phone. */
const SMALLEST_OVERLAY_SCALE = 0.6;

/**
 * The shared desktop's pointer. Whoever controls sees its shape as the browser's own pointer, which has no delay;
 * whoever only looks sees it drawn where the host's pointer is.
 *
 * Its pixels are PNG bytes behind a blob URL: browsers that guard against fingerprinting scramble what is read back
 * from a canvas.
 */
export class CursorView {
  private readonly stage: HTMLElement;
  private readonly overlay: HTMLImageElement;
  private role: Role = "view";
  private current: Shape | "hidden" | undefined;
  private at: Fraction | undefined;
  /** Counts shapes, so that one that loads slowly does not replace a newer one. */
  private newest = 0;
  private readonly relayout: ResizeObserver;

  constructor(stage: HTMLElement) {
    this.stage = stage;
    this.overlay = document.createElement("img");
    this.overlay.className = "remote-cursor";
    this.overlay.alt = "";
    this.overlay.setAttribute("aria-hidden", "true");
    this.overlay.hidden = true;
    stage.append(this.overlay);
    // The picture's box moves with the window and the display; the drawn pointer moves with it.
    this.relayout = new ResizeObserver(() => this.draw());
    this.relayout.observe(stage);
    for (const child of stage.children) if (child !== this.overlay) this.relayout.observe(child);
  }

  shape(shape: CursorShape): void {
    this.newest += 1;
    const mine = this.newest;
    if (!shape.visible) {
      this.replace("hidden");
      return;
    }
    const url = URL.createObjectURL(new Blob([new Uint8Array(shape.png)], { type: "image/png" }));
    const loaded = new Image();
    loaded.src = url;
    // Decoded first, so that the pointer never flickers through the browser's own arrow between two shapes.
    loaded.decode().then(
      () => {
        if (mine !== this.newest) return URL.revokeObjectURL(url);
        this.replace({ url, width: shape.size.width, hotspot: shape.hotspot });
      },
      // A shape that is no picture: the one before stays, a wrong pointer is better than none.
      () => URL.revokeObjectURL(url),
    );
  }

  place(at: Fraction): void {
    this.at = at;
    this.draw();
  }

  setRole(role: Role): void {
    this.role = role;
    this.draw();
  }

  /** Ends the observer and frees the last shape. */
  close(): void {
    this.newest += 1;
    this.relayout.disconnect();
    this.replace(undefined);
    this.overlay.remove();
  }

  private replace(next: Shape | "hidden" | undefined): void {
    const before = this.current;
    this.current = next;
    this.draw();
    if (typeof before === "object") URL.revokeObjectURL(before.url);
  }

  private draw(): void {
    this.stage.style.setProperty("--pointer", this.cssCursor());
    const picture = this.role === "view" ? shownPicture(this.stage) : undefined;
    const { current, at } = this;
    if (picture === undefined || at === undefined || typeof current !== "object") {
      this.overlay.hidden = true;
      return;
    }
    const scaleX = picture.box.width / picture.display.width;
    const scaleY = picture.box.height / picture.display.height;
    const size = Math.max(SMALLEST_OVERLAY_SCALE, Math.min(1, scaleX, scaleY));
    const pixel = pixelAt(at, picture.display);
    const { element } = picture;
    const x = element.offsetLeft + (pixel.x + 0.5) * scaleX - current.hotspot.x * size;
    const y = element.offsetTop + (pixel.y + 0.5) * scaleY - current.hotspot.y * size;
    if (this.overlay.getAttribute("src") !== current.url) this.overlay.src = current.url;
    this.overlay.style.width = `${current.width * size}px`;
    this.overlay.style.transform = `translate(${x}px, ${y}px)`;
    this.overlay.hidden = false;
  }

  private cssCursor(): string {
    if (this.role === "view" || this.current === undefined) return "default";
    if (this.current === "hidden") return "none";
    const { url, hotspot } = this.current;
    return `url("${url}") ${hotspot.x} ${hotspot.y}, default`;
  }
}
