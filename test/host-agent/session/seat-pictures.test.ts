import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Surface } from "../../../host-agent/core/surface.ts";
import { UpdateReader } from "../../../protocol/update.ts";
import { openWay, type SeatStage, said, stageSeat, type ViewerEnd } from "./seat-stage.ts";
import { SIZE } from "./stage-ports.ts";

const surface = new Surface(SIZE);

/** The seat sends its viewer the picture as it stands. */
async function send({ streams }: SeatStage): Promise<void> {
  for (const stream of streams) await stream.serve(surface, performance.now());
  await said();
}

/** The numbers of the updates that have arrived over this pipe. */
function arrived({ heard }: ViewerEnd): number[] {
  const reader = new UpdateReader();
  const steps = heard.flatMap((one) => (one.kind === "update-part" ? [...reader.read(one.bytes)] : []));
  return steps.flatMap((step) => (step.kind === "end" ? [step.sequence] : []));
}

describe("the pictures of one page", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it("are counted on when a silent pipe is heard again: a late receipt is not taken for a newer picture's", async () => {
    const stage = stageSeat();
    const relay = await openWay(stage, stage.arrive(), 1, "relay");
    await relay.use();
    await send(stage);
    expect(arrived(relay)).toEqual([1]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(stage.told).toEqual(["live relay", "away"]);
    await relay.say({ kind: "ping", clockMs: 0 });
    expect(stage.told).toEqual(["live relay", "away", "live relay"]);
    await send(stage);
    expect(arrived(relay)).toEqual([1, 2]);
  });

  it("are counted on when another pipe carries on after a loss, and begin anew with another page", async () => {
    const stage = stageSeat();
    const viewer = stage.arrive();
    const relay = await openWay(stage, viewer, 1, "relay");
    await relay.use();
    await send(stage);
    stage.relays[0]?.far.close();
    await said();
    const direct = await openWay(stage, viewer, 2, "direct");
    await direct.use();
    await send(stage);
    expect(arrived(direct)).toEqual([2]);
    const reloaded = await openWay(stage, stage.arrive(), 1, "relay");
    await reloaded.use(2);
    await send(stage);
    expect(arrived(reloaded)).toEqual([1]);
  });

  it("have their way measured each second while they flow, and not while they rest", async () => {
    const stage = stageSeat();
    const relay = await openWay(stage, stage.arrive(), 1, "relay");
    await relay.use();
    await send(stage);
    const asked = () => relay.heard.splice(0).filter(({ kind }) => kind === "ping").length;
    expect(asked()).toBe(1);
    const noise = randomBytes(4 * SIZE.width * SIZE.height);
    surface.apply({ rect: { x: 0, y: 0, ...SIZE }, pixels: Uint8Array.from(noise) });
    let height = SIZE.height;
    /** So many tenths of a second, with a viewer who is heard, and with a picture each or without. */
    const pass = async (tenths: number, flowing: boolean) => {
      for (; tenths > 0; tenths--) {
        await vi.advanceTimersByTimeAsync(100);
        await relay.say({ kind: "receipt", sequence: arrived(relay).at(-1) ?? 0, paintTenthsMs: 1 });
        if (!flowing) continue;
        // Each another rectangle: nothing of it is encoded yet.
        height = height > SIZE.height / 2 ? height - 1 : SIZE.height;
        for (const stream of stage.streams)
          stream.changed([{ ...SIZE, x: 0, y: 0, height }], undefined, performance.now());
        await send(stage);
      }
    };
    await pass(22, true);
    expect(asked()).toBe(2);
    await pass(10, false);
    asked();
    await pass(100, false);
    expect(asked()).toBe(0);
  });
});
