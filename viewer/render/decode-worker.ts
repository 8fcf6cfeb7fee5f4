import type { Size } from "../../protocol/geometry.ts";
import { inflateRows } from "../core/inflate-pixels.ts";
import type { Answer, Job, Request } from "./decode-job.ts";
import { refuseOtherThan } from "./pixel-decoder.ts";

/*
 * A worker's program: decodes what the page hands to it (decode-job.ts). Answers come as they are ready, in any order.
 */

addEventListener("message", ({ data: { id, job } }: MessageEvent<Request>) => {
  decode(job).then(
    (picture) => say({ id, picture }, picture instanceof Uint8ClampedArray ? picture.buffer : picture),
    // No picture, or no such decoder in this browser.
    (error: unknown) => say({ id, error: String(error) }),
  );
});

async function decode(job: Job): Promise<ImageBitmap | Uint8ClampedArray<ArrayBuffer>> {
  switch (job.kind) {
    case "jpeg":
      return await pictureOf(job.size, job.data);
    case "exact":
    case "shaded":
    case "indexed":
      return inflateRows(job.kind, job.size, job.data);
  }
}

/**
 * Needs no Blob: making one has Chromium wait for another process. Nor is createImageBitmap quicker here than on the page, with
 * one. A frame becomes a bitmap here: a canvas takes milliseconds to draw a frame, and does so on the page's own thread.
 */
async function pictureOf(size: Size, jpeg: Uint8Array<ArrayBuffer>): Promise<ImageBitmap> {
  const decoder = new ImageDecoder({ data: jpeg, type: "image/jpeg", colorSpaceConversion: "none" });
  try {
    const { image } = await decoder.decode();
    try {
      refuseOtherThan(size, { width: image.displayWidth, height: image.displayHeight });
      return await createImageBitmap(image);
    } finally {
      image.close();
    }
  } finally {
    decoder.close();
  }
}

function say(answer: Answer, ...transfer: Transferable[]): void {
  postMessage(answer, { transfer });
}
