import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import type { JpegEncoder, Pixels } from "../../../host-agent/encode/driver.ts";
import { FilmEncoder } from "../../../host-agent/encode/film.ts";
import { loadPiece } from "../../../host-agent/encode/film-loops.ts";
import { decodeFilm } from "../../../protocol/film.ts";
import type { Rect } from "../../../protocol/geometry.ts";
import { picture } from "../../conformance/jpeg-encoder.ts";

const SIZE = { width: 96, height: 64 };
const upper = { x: 0, y: 0, width: 96, height: 32 };
const lower = { x: 0, y: 32, width: 96, height: 32 };

/** Reads its pixels late, as a thread does, and gives them back as they are; not when it is told to fail. */
class LateEncoder implements JpegEncoder {
  readonly name = "late";
  failing = 0;

  async encode({ bytes }: Pixels): Promise<Uint8Array> {
    const fails = this.failing > 0;
    this.failing -= 1;
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    if (fails) throw new Error("no memory");
    return bytes.slice();
  }
}

const coloured = (step: number) => picture(SIZE, (x, y) => [x * step, y * step, 7]);
const soft = (pixels: Pixels, rect: Rect) => loadPiece(pixels, rect).halved(new Uint8Array(40_000)).bytes;

it("a film's pieces that are encoded at the same time, one after the other, and after a failure, never share a room", async () => {
  const late = new LateEncoder();
  const film = new FilmEncoder(late);
  for (const step of [1, 2, 3]) {
    const pixels = coloured(step);
    const rects = [upper, lower];
    const encoded = async (rect: Rect) => {
      const layers = film.layersOf(pixels, rect);
      if (layers === undefined) throw new Error("a gradient is soft");
      return await film.encode(layers, 0);
    };
    const pieces = await Promise.all(rects.map(encoded));
    for (const [nth, { rect, data }] of pieces.entries()) {
      expect(rect).toBe(rects[nth]);
      expect(decodeFilm(rect, data).soft).toEqual(soft(pixels, rect));
    }
    late.failing = 1;
    const [failed, other] = await Promise.allSettled(rects.map(encoded));
    expect(failed?.status).toBe("rejected");
    expect(other?.status).toBe("fulfilled");
  }
});

it("a film smaller than a cell, or sharp all over, has no layers", () => {
  const film = new FilmEncoder(new LateEncoder());
  expect(film.layersOf(coloured(1), { ...upper, width: 15 })).toBeUndefined();
  expect(film.layersOf(coloured(1), { ...upper, height: 15 })).toBeUndefined();
  const stripes = picture(SIZE, (x) => (x % 2 === 0 ? [0, 0, 0] : [255, 255, 255]));
  expect(film.layersOf(stripes, upper)).toBeUndefined();
});
