import { afterEach, describe, expect, it, vi } from "vitest";
import { CHANNELS } from "../../protocol/crypto/record.ts";
import { MAX_RECORD_BYTES, type Pipe } from "../../protocol/pipe.ts";
import { UPDATE_PART } from "../../protocol/update.ts";

export type PipePair = { readonly near: Pipe; readonly far: Pipe; readonly end: () => Promise<void> | void };

const LIMIT = { timeout: 15_000 };

/** Taken for a picture by pipes that look at messages (the first byte) and by those that look at records (the second). */
const picture = (bytes: number): Uint8Array =>
  Uint8Array.of(UPDATE_PART, CHANNELS.pictures, ...new Uint8Array(bytes - 2));

/** What every Pipe driver promises. `open` gives two joined ends that nobody listens to yet; `near` is the host's. */
export function pipeConformance(name: string, open: () => Promise<PipePair>, maxBytes = MAX_RECORD_BYTES): void {
  describe(`a pipe: ${name}`, () => {
    let pair: PipePair | undefined;
    afterEach(async () => {
      await pair?.end();
      pair = undefined;
    });

    async function listening() {
      pair = await open();
      const { near, far } = pair;
      const heard = { near: [] as Uint8Array[], far: [] as Uint8Array[], opened: 0, nearClosed: 0, farClosed: 0 };
      near.listen({
        opened: () => heard.opened++,
        message: (bytes) => heard.near.push(bytes),
        closed: () => heard.nearClosed++,
      });
      far.listen({
        opened: () => heard.opened++,
        message: (bytes) => heard.far.push(bytes),
        closed: () => heard.farClosed++,
      });
      await vi.waitFor(() => expect(heard.opened).toBe(2), LIMIT);
      return { near, far, heard };
    }

    it("opens once at each end", async () => {
      const { near, far } = await listening();
      expect([near.state, far.state]).toEqual(["open", "open"]);
    });

    it("carries messages of every size up to the limit, whole and in order, both ways", async () => {
      const { near, far, heard } = await listening();
      const sizes = [1, 2, 1199, 1200, 1201, maxBytes - 1, maxBytes];
      const messages = sizes.map((size, index) => new Uint8Array(size).fill(index + 32));
      for (const message of messages) {
        near.send(message);
        far.send(message);
      }
      await vi.waitFor(
        () => expect([heard.near.length, heard.far.length]).toEqual([sizes.length, sizes.length]),
        LIMIT,
      );
      expect(heard.far).toEqual(messages);
      expect(heard.near).toEqual(messages);
    });

    it("carries a thousand small messages without loss, doubling or disorder", async () => {
      const { near, heard } = await listening();
      for (let index = 0; index < 1000; index++) near.send(Uint8Array.of(0x21, 0, index >> 8, index & 0xff));
      await vi.waitFor(() => expect(heard.far.length).toBe(1000), LIMIT);
      expect(heard.far.map((message) => ((message[2] ?? 0) << 8) | (message[3] ?? 0))).toEqual([...Array(1000).keys()]);
    });

    it("says how much is still unsent, and that comes down to nothing", async () => {
      const { near, heard } = await listening();
      for (let index = 0; index < 20; index++) near.send(picture(maxBytes));
      expect(near.unsentBytes).toBeGreaterThan(0);
      await vi.waitFor(() => expect(near.unsentBytes).toBe(0), LIMIT);
      await vi.waitFor(() => expect(heard.far.length).toBe(20), LIMIT);
    });

    it("refuses an empty and an oversized message loudly", async () => {
      const { near } = await listening();
      expect(() => near.send(new Uint8Array(0))).toThrow(RangeError);
      expect(() => near.send(new Uint8Array(maxBytes + 1))).toThrow(RangeError);
      expect(near.state).toBe("open");
    });

    it("says once at each end that it is closed, and is silent afterwards", async () => {
      const { near, far, heard } = await listening();
      near.close();
      near.close();
      near.send(Uint8Array.of(0x22));
      await vi.waitFor(() => expect([heard.nearClosed, heard.farClosed]).toEqual([1, 1]), LIMIT);
      far.send(Uint8Array.of(0x22));
      expect([near.state, far.state]).toEqual(["closed", "closed"]);
      expect([heard.near, heard.far]).toEqual([[], []]);
    });

    it("delivers a last control message sent just before closing, even behind pictures", async () => {
      const { near, heard } = await listening();
      for (let index = 0; index < 8; index++) near.send(picture(maxBytes));
      near.send(Uint8Array.of(0x12, 1));
      near.close();
      await vi.waitFor(() => expect(heard.far.at(-1)).toEqual(Uint8Array.of(0x12, 1)), LIMIT);
    });
  });
}
