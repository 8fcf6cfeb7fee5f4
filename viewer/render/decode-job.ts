import type { Size } from "../../protocol/geometry.ts";
import type { RowEncoding } from "../core/inflate-pixels.ts";

/*
 * What the page and its worker say to each other. All bytes are handed over, not copied; whoever sent them has them no more.
 */

export type Job = {
  readonly kind: "jpeg" | RowEncoding;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly size: Size;
};

/** `id` is the page's, unique while the job is not answered. */
export type Request = { readonly id: number; readonly job: Job };

/** A JPEG becomes a bitmap, rows become R G B A. */
export type Answer =
  | { readonly id: number; readonly picture: ImageBitmap | Uint8ClampedArray<ArrayBuffer> }
  | { readonly id: number; readonly error: string };
