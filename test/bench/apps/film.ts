import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { movingPicture } from "../painter/moving-picture.ts";

const WIDTH = 640;
const HEIGHT = 360;
const PICTURES = 90;
const GRAIN = 3;
const BYTES_PER_PIXEL = 4;

/**
 * Three seconds of something large that moves before a wall, as a data URL. A film is compressed: what of it rests for a picture
 * or two, here and there, is not in them, and then nothing changes there on the display.
 */
export async function makeFilm(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "deskbeam-film-"));
  try {
    const path = join(folder, "film.webm");
    const input = ["-f", "rawvideo", "-pix_fmt", "bgr0", "-s", `${WIDTH}x${HEIGHT}`, "-r", "30", "-i", "-"];
    const output = ["-c:v", "libvpx", "-b:v", "1500k", "-deadline", "realtime", "-cpu-used", "4", path];
    const ffmpeg = spawn("ffmpeg", ["-loglevel", "error", "-y", ...input, ...output], {
      stdio: ["pipe", "inherit", "inherit"],
    });
    const ended = once(ffmpeg, "exit");
    ffmpeg.stdin.end(Buffer.concat(pictures()));
    const [code] = await ended;
    if (code !== 0) throw new Error(`ffmpeg made no film: it ended with ${code}.`);
    return `data:video/webm;base64,${readFileSync(path, "base64")}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The pictures of a camera, but the wall is that of the first one. */
function pictures(): Buffer[] {
  const camera = movingPicture(WIDTH, HEIGHT, PICTURES, GRAIN);
  const [wall] = camera;
  if (wall === undefined) throw new Error("unreachable");
  return camera.map((moving, nth) => {
    const picture = Buffer.from(wall);
    const middle = WIDTH / 2 + 60 * Math.sin(nth / 8);
    for (let y = 0; y < HEIGHT; y += 1) {
      const half = 220 * Math.sqrt(Math.max(0, 1 - ((y - HEIGHT / 2) / 160) ** 2));
      const [from, to] = [middle - half, middle + half].map((x) => (y * WIDTH + Math.round(x)) * BYTES_PER_PIXEL);
      moving.copy(picture, from, from, to);
    }
    return picture;
  });
}
