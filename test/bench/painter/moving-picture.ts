import { type Random, seededRandom } from "../../support/seeded-random.ts";

const BYTES_PER_PIXEL = 4;
const DISCS = 6;
const GRAIN_TABLE = 1 << 16;

type Wave = { readonly cycles: number; readonly phase: number; readonly drift: number };
type Disc = {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly radius: number;
};

/**
 * A picture as a camera gives: soft shading that changes all over, a few sharp edges that move, and fresh grain in every
 * frame, so that no part of a frame is found again in the one before.
 * @param grainStrength how far, of 255, it moves a value at most
 * @returns frames of blue, green, red, unused; always the same ones
 */
export function movingPicture(width: number, height: number, frames: number, grainStrength: number): Buffer[] {
  const random = seededRandom(20_000);
  const grain = Int8Array.from({ length: GRAIN_TABLE }, () => Math.floor((random() - random()) * grainStrength));
  const waves = [0, 1, 2].map(() => ({ along: wave(random), down: wave(random), across: wave(random) }));
  const discs = Array.from({ length: DISCS }, () => ({
    x: random() * width,
    y: random() * height,
    dx: (random() - 0.5) * 40,
    dy: (random() - 0.5) * 40,
    radius: 20 + random() * 80,
  }));
  return Array.from({ length: frames }, (_, frame) => {
    const pixels = Buffer.alloc(width * height * BYTES_PER_PIXEL);
    for (const [channel, one] of waves.entries()) {
      const along = samples(one.along, width, frame, 45);
      const down = samples(one.down, height, frame, 45);
      const across = samples(one.across, width + height, frame, 30);
      for (let y = 0; y < height; y += 1) {
        // Another place in the table for each row and frame: the grain never repeats where it was.
        const grainAt = Math.floor(random() * GRAIN_TABLE);
        let at = y * width * BYTES_PER_PIXEL + channel;
        for (let x = 0; x < width; x += 1) {
          const shade = 128 + (along[x] ?? 0) + (down[y] ?? 0) + (across[x + y] ?? 0);
          pixels[at] = shade + (grain[(grainAt + x) % GRAIN_TABLE] ?? 0);
          at += BYTES_PER_PIXEL;
        }
      }
    }
    for (const disc of discs) invertDisc(pixels, width, height, disc, frame);
    return pixels;
  });
}

const wave = (random: Random): Wave => ({
  cycles: 1 + random() * 4,
  phase: random() * 6.28,
  drift: 0.1 + random() * 0.3,
});

function samples({ cycles, phase, drift }: Wave, length: number, frame: number, height: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => {
    return height * 0.85 * Math.sin((at / length) * cycles * 2 * Math.PI + phase + drift * frame);
  });
}

function invertDisc(pixels: Buffer, width: number, height: number, disc: Disc, frame: number): void {
  const centerX = wrap(disc.x + disc.dx * frame, width);
  const centerY = wrap(disc.y + disc.dy * frame, height);
  for (let y = Math.max(0, centerY - disc.radius); y < Math.min(height, centerY + disc.radius); y += 1) {
    const row = Math.floor(y);
    const half = Math.sqrt(Math.max(0, disc.radius ** 2 - (row - centerY) ** 2));
    const from = Math.floor(Math.max(0, centerX - half));
    const to = Math.floor(Math.min(width, centerX + half));
    for (let at = (row * width + from) * BYTES_PER_PIXEL; at < (row * width + to) * BYTES_PER_PIXEL; at += 1) {
      pixels[at] = 255 - (pixels[at] ?? 0);
    }
  }
}

const wrap = (value: number, length: number): number => ((value % length) + length) % length;
