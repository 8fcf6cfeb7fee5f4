import type { Page } from "playwright-core";
import { launchChromium } from "../support/browser.ts";
import { type LossySettings, LossyUdp } from "../support/lossy-udp.ts";
import { openStreamingHost, type SenderKind, type Viewer, weriftViewer } from "./streaming-host.ts";

const ROUNDS = 3;
const WARM_UP_MS = 1_500;
const MEASURED_MS = 6_000;

const LINES: readonly { readonly name: string; readonly settings: LossySettings }[] = [
  { name: "80 ms round trip", settings: { delayMs: 40, loss: 0 } },
  { name: "80 ms, 1 % loss", settings: { delayMs: 40, loss: 0.01 } },
  { name: "40 ms, 5 Mbit/s", settings: { delayMs: 20, loss: 0, mbitPerSecond: 5, queueBytes: 500_000 } },
  { name: "no delay", settings: { delayMs: 0, loss: 0 } },
];

type Turn = { readonly mbitPerSecond: number; readonly waitP95Ms: number; readonly cpuMsPerMb: number };

/**
 * `node test/bench/main.mjs sctp-link.ts [--chromium]`: what the host's sender carries over a bad line, and what werift's
 * own carries, taking turns in one run. The line and the sender share this process, the browser has its own.
 */
export async function run(args: readonly string[]): Promise<void> {
  const browser = args.includes("--chromium") ? await launchChromium() : undefined;
  const page = await browser?.newPage();
  try {
    for (const { name, settings } of LINES) {
      const turns: Record<SenderKind, Turn[]> = { stock: [], tuned: [] };
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const kind of round % 2 === 0 ? (["stock", "tuned"] as const) : (["tuned", "stock"] as const)) {
          const viewer = page === undefined ? weriftViewer() : await chromiumViewer(page);
          turns[kind].push(await measure(kind, { ...settings, seed: round + 1 }, viewer));
        }
      }
      const [stock, tuned] = [medians(turns.stock), medians(turns.tuned)];
      process.stdout.write(
        `${name} to ${page === undefined ? "werift" : "Chromium"}: ${line(stock)} stock, ${line(tuned)} tuned: ` +
          `${(tuned.mbitPerSecond / stock.mbitPerSecond).toFixed(1)} times\n`,
      );
    }
  } finally {
    await browser?.close();
  }
}

async function measure(kind: SenderKind, settings: LossySettings, viewer: Viewer): Promise<Turn> {
  const line = await LossyUdp.open(settings);
  const host = await openStreamingHost(kind, line, viewer);
  try {
    await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
    line.waitedMs.length = 0;
    const before = await viewer.receivedBytes();
    const startMs = performance.now();
    const cpu = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, MEASURED_MS));
    const { user, system } = process.cpuUsage(cpu);
    const bytes = (await viewer.receivedBytes()) - before;
    const waits = line.waitedMs.sort((a, b) => a - b);
    return {
      mbitPerSecond: (bytes * 8) / 1000 / (performance.now() - startMs),
      waitP95Ms: waits[Math.floor(waits.length * 0.95)] ?? 0,
      cpuMsPerMb: (user + system) / 1000 / (bytes / 1e6),
    };
  } finally {
    await host.close();
    await viewer.close();
    line.close();
  }
}

/** Counts in the page what it is sent. */
async function chromiumViewer(page: Page): Promise<Viewer> {
  await page.goto("about:blank");
  const connection = await page.evaluateHandle(() => {
    const peer = new RTCPeerConnection();
    const channel = peer.createDataChannel("deskbeam", { negotiated: true, id: 0, ordered: true });
    channel.binaryType = "arraybuffer";
    const count = { peer, opened: false, bytes: 0 };
    channel.onopen = () => {
      count.opened = true;
    };
    channel.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      count.bytes += data.byteLength;
    };
    return count;
  });
  return {
    offer: () =>
      connection.evaluate(async ({ peer }) => {
        await peer.setLocalDescription();
        return peer.localDescription?.sdp ?? "";
      }),
    answered: (sdp, candidate) =>
      connection.evaluate(
        async ({ peer }, [answer, way]) => {
          await peer.setRemoteDescription({ type: "answer", sdp: answer });
          await peer.addIceCandidate({ candidate: way, sdpMid: "0" });
        },
        [sdp, candidate] as const,
      ),
    receivedBytes: () => connection.evaluate(({ bytes }) => bytes),
    close: () => connection.evaluate(({ peer }) => peer.close()),
  };
}

function line({ mbitPerSecond, waitP95Ms, cpuMsPerMb }: Turn): string {
  return `${mbitPerSecond.toFixed(1)} Mbit/s (queue p95 ${waitP95Ms.toFixed(0)} ms, ${cpuMsPerMb.toFixed(0)} ms CPU a MB)`;
}

function medians(turns: readonly Turn[]): Turn {
  const median = (of: (turn: Turn) => number) =>
    turns.map(of).sort((a, b) => a - b)[Math.floor(turns.length / 2)] ?? Number.NaN;
  return {
    mbitPerSecond: median((turn) => turn.mbitPerSecond),
    waitP95Ms: median((turn) => turn.waitP95Ms),
    cpuMsPerMb: median((turn) => turn.cpuMsPerMb),
  };
}
