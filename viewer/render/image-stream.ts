/** How often a stream is looked at for its first picture, and later for a display that changed its size. */
const FIRST_LOOK_MS = 50;
const SIZE_LOOK_MS = 1_000;

/**
 * The last rung: a `multipart/x-mixed-replace` stream of JPEG pictures in a plain <img>. Browsers tell neither the
 * arrival of a part nor the end of such a stream dependably, so the picture's size is looked at by a timer, and
 * liveness is the business of whoever holds the other half of the session.
 */
export class ImageStream {
  onFirstPicture: () => void = () => {};
  onFailed: () => void = () => {};

  private readonly image: HTMLImageElement;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private listening: AbortController | undefined;

  constructor(image: HTMLImageElement) {
    this.image = image;
  }

  /** Shows the stream at `url` instead of what was open before. */
  open(url: string): void {
    this.close();
    this.listening = new AbortController();
    this.image.addEventListener("error", () => this.fail(), { signal: this.listening.signal });
    this.image.src = url;
    this.look(false);
  }

  /** Ends the request. Idempotent; nothing is called after it. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.listening?.abort();
    this.listening = undefined;
    this.image.removeAttribute("src");
  }

  private look(hadPicture: boolean): void {
    const { naturalWidth, naturalHeight } = this.image;
    const hasPicture = naturalWidth > 0 && naturalHeight > 0;
    if (hasPicture) {
      // The attributes carry the display's size to the stage, as a canvas's do. Setting one tells its observers even
      // when it stays the same.
      if (this.image.getAttribute("width") !== String(naturalWidth))
        this.image.setAttribute("width", String(naturalWidth));
      if (this.image.getAttribute("height") !== String(naturalHeight))
        this.image.setAttribute("height", String(naturalHeight));
    }
    const seen = hadPicture || hasPicture;
    this.timer = setTimeout(() => this.look(seen), seen ? SIZE_LOOK_MS : FIRST_LOOK_MS);
    if (hasPicture && !hadPicture) this.onFirstPicture();
  }

  private fail(): void {
    this.close();
    this.onFailed();
  }
}
