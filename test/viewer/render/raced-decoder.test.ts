import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { RacedDecoder } from "../../../viewer/render/raced-decoder.ts";
import {
  type DecodingPage,
  decodeJpegs,
  decodeRows,
  jpegOf,
  psnrDb,
  rowsOf,
  runOn,
  slope,
} from "../../conformance/pixel-decoder.ts";
import { DECODE_WORKER, partsPages } from "../parts-page.ts";

const ROWS = slope({ width: 200, height: 150 });

const pages = partsPages();
let page: Page;
let there: DecodingPage;
beforeEach(async () => {
  page = await pages.open();
  there = { run: runOn(page), close: async () => {} };
});

/** What `begin` puts on the page's window. */
type Stage = { raced: RacedDecoder; asked: string[] };

/**
 * A decoder whose worker runs `before` and then the real program. What the worker is asked, by kind, is in `asked`: it
 * cannot be told otherwise who decoded something.
 */
function begin(before: string, program = DECODE_WORKER): Promise<void> {
  return page.evaluate(
    async ([script, url]) => {
      const source = `${script}; importScripts(${JSON.stringify(new URL(url, location.href).href)});`;
      const program = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      const asked: string[] = [];
      const openWorker = () => {
        const worker = new Worker(program);
        const postMessage = worker.postMessage.bind(worker);
        worker.postMessage = (
          message: { job: { kind: string } },
          options?: Transferable[] | StructuredSerializeOptions,
        ) => {
          asked.push(message.job.kind);
          postMessage(message, Array.isArray(options) ? { transfer: options } : options);
        };
        return worker;
      };
      const raced = new window.parts.RacedDecoder(openWorker, () => performance.now());
      Object.assign(window, { raced, asked, decoder: raced });
      raced.start();
    },
    [before, program] as const,
  );
}

const untilDecided = () => page.waitForFunction(() => (window as unknown as Stage).raced.jpegWay !== undefined);
const wayNow = () => page.evaluate(() => (window as unknown as Stage).raced.jpegWay);
const askedSince = () => page.evaluate(() => (window as unknown as Stage).asked.splice(0));

async function decodesAll(): Promise<void> {
  const data = await jpegOf(ROWS, "4:2:0");
  const [jpeg] = await decodeJpegs(there, [{ size: ROWS.size, data }]);
  expect(psnrDb(jpeg, ROWS.rgb)).toBeGreaterThan(30);
  const rows = await decodeRows(there, [rowsOf("exact", ROWS), rowsOf("shaded", ROWS)]);
  expect(rows).toEqual([{ rgb: ROWS.rgb }, { rgb: ROWS.rgb }]);
}

/** A worker that meets this with what it is asked when `kind` is. */
const onAsked = (kind: string, what: string) =>
  `addEventListener("message", (event) => { if (event.data.job.kind === "${kind}") { ${what} } })`;

describe("a raced decoder", () => {
  it("decodes JPEGs in the way that won, and rows in the worker, but not the first ones of an update", async () => {
    await begin("");
    await untilDecided();
    const raced = await askedSince();
    expect(new Set(raced)).toEqual(new Set(["jpeg"]));
    await decodesAll();
    const way = await wayNow();
    expect(await askedSince()).toEqual([...(way === "worker" ? ["jpeg"] : []), "exact", "shaded"]);
    expect(await decodeRows(there, [rowsOf("exact", ROWS), rowsOf("shaded", ROWS)], 65_536)).toEqual([
      { rgb: ROWS.rgb },
      { rgb: ROWS.rgb },
    ]);
    expect(await askedSince()).toEqual([]);
  });

  it("uses no way that gives another picture, however quick it is", async () => {
    // A picture of the right size, at once, and black.
    const black = `createImageBitmap(new ImageData(128, 128)).then((picture) => postMessage({ id: event.data.id, picture }, [picture]));`;
    const lie = `${black} event.stopImmediatePropagation();`;
    await begin(onAsked("jpeg", lie));
    await untilDecided();
    expect(await wayNow()).toBe("page");
    await decodesAll();
  });

  it("decodes on the page while the worker loads, and for good when it never speaks", async () => {
    const data = await jpegOf(ROWS, "4:2:0");
    await begin('addEventListener("message", (event) => event.stopImmediatePropagation())');
    const meanwhile = await there.run(
      async ([size, bytes]) => {
        const { raced } = window as unknown as Stage;
        (await raced.jpeg(size, Uint8Array.from(bytes))).close();
        return raced.jpegWay ?? "undecided";
      },
      [ROWS.size, data] as const,
    );
    expect(meanwhile).toBe("undecided");
    await untilDecided();
    expect(await wayNow()).toBe("page");
    await askedSince();
    await decodesAll();
    expect(await askedSince()).toEqual([]);
  });

  it.each([
    ["has no program", "", "/nothing-here.js"],
    ["fails at once", "throw new Error('broken')", DECODE_WORKER],
  ])("decodes on the page for good when the worker %s", async (_, before, program) => {
    await begin(before, program);
    await untilDecided();
    expect(await wayNow()).toBe("page");
    await askedSince();
    await decodesAll();
    expect(await askedSince()).toEqual([]);
  });

  it("decodes on the page when the browser allows no worker", async () => {
    await page.evaluate(() => {
      const raced = new window.parts.RacedDecoder(
        () => {
          throw new Error("no workers here");
        },
        () => performance.now(),
      );
      Object.assign(window, { raced, decoder: raced });
      raced.start();
    });
    expect(await wayNow()).toBe("page");
    await decodesAll();
  });

  it.each([
    ["dies of it", "throw new Error('a bug')"],
    ["falls silent", "event.stopImmediatePropagation()"],
  ])("loses nothing of what the worker was asked when that %s, and asks it no more", async (_, what) => {
    await begin(onAsked("exact", what));
    await untilDecided();
    await decodesAll();
    expect(await wayNow()).toBe("page");
    await askedSince();
    await decodesAll();
    expect(await askedSince()).toEqual([]);
  });
});
