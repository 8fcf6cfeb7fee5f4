import type { IceServer } from "../protocol/signaling.ts";
import { nodeAead } from "./aead/node.ts";
import { chooseCapture } from "./capture/choose.ts";
import { chooseJpegEncoder } from "./encode/choose.ts";
import { Host } from "./host.ts";
import { atOrigin } from "./input/at-origin.ts";
import { chooseInput } from "./input/choose.ts";
import type { InputInjector } from "./input/driver.ts";
import { embeddedOrigin, loopbackOrigin } from "./link-address.ts";
import type { ShareOptions } from "./options.ts";
import { UpdateTrace } from "./pipeline/update-trace.ts";
import { openNoPresence, openPresence } from "./presence/open.ts";
import { IceProber } from "./transport/ice/ice-prober.ts";
import { localAddresses } from "./transport/ice/local-addresses.ts";
import type { IceProbe } from "./transport/ice/probe.ts";
import { probeSentence } from "./transport/ice/probe-words.ts";
import { weriftDriver } from "./transport/werift/peer.ts";
import type { EmbeddedServer, HostIo, HostUi } from "./ui/host-ui.ts";
import { uptimeMs } from "./uptime.ts";

/** After this long a part that will not close is left behind: the program must end within 2 s of being told to. */
const CLOSE_LIMIT_MS = 1_500;

/** Things to undo, last first, whatever happened in between. */
class Closing {
  private readonly steps: (() => Promise<void> | void)[] = [];
  private done = false;

  add(step: () => Promise<void> | void): void {
    this.steps.push(step);
  }

  async run(): Promise<void> {
    if (this.done) return;
    this.done = true;
    let failed: { readonly error: unknown } | undefined;
    for (const step of this.steps.reverse()) {
      try {
        await within(CLOSE_LIMIT_MS, step());
      } catch (error) {
        // A bug, told when the rest is closed too.
        failed ??= { error };
      }
    }
    if (failed !== undefined) throw failed.error;
  }
}

/**
 * Shares the desktop until somebody says stop.
 * @returns the program's exit code: 0 ended normally, 1 the sharing broke off
 * @throws HostError when sharing cannot begin
 */
export async function share(
  options: ShareOptions,
  embedded: EmbeddedServer | undefined,
  { ui, stop }: HostIo,
): Promise<number> {
  const closing = new Closing();
  try {
    const target = { display: options.display, monitor: options.monitor, maxFps: options.maxFps };
    const { capture, refused, warning, ownInput } = await chooseCapture(options.capture, target, process.env);
    closing.add(() => capture.close());
    for (const one of refused) ui.notice("info", `Not capturing with ${one.name}: ${one.why}`);
    if (warning !== undefined) ui.notice("warning", warning);

    const injector = atOrigin(await openInjector(options, ownInput, ui), () => capture.origin);
    closing.add(() => injector.close());

    const { encoder: jpeg, refused: jpegRefused } = await chooseJpegEncoder();
    for (const one of jpegRefused) ui.notice("info", `Not encoding with ${one.name}: ${one.why}`);

    const server = await reachServer(options, embedded, closing);
    const prober = new IceProber({ nowMs: () => performance.now() });
    const nowMs = () => performance.now();
    const write = (line: string) => process.stderr.write(`${line}\n`);
    const trace = process.env.DESKBEAM_TRACE === "1" ? new UpdateTrace(nowMs, write) : undefined;
    const host = new Host({
      options,
      capture,
      injector,
      jpeg,
      peers: weriftDriver,
      ice: { probe: telling(prober, ui), addresses: localAddresses },
      openAead: trace?.timed(nodeAead) ?? nodeAead,
      // A test card is no desktop: there is nobody in front of it to be told.
      openPresence: (events) =>
        capture.name === "test-card"
          ? openNoPresence()
          : openPresence({ display: options.display }, process.env, events),
      ui,
      ...server,
      nowMs,
      trace,
      timeOfDayMs: Date.now,
      uptimeMs,
    });
    closing.add(() => host.close());
    const stopped = () => host.stop("host-stopped");
    stop.addEventListener("abort", stopped, { once: true });
    if (stop.aborted) stopped();
    // Whatever breaks, nothing stays pressed on this desktop: the seats let go before the program ends.
    const releaseOnBug = (error: unknown) => {
      host.stop("host-stopped");
      process.stderr.write(`deskbeam: this is a bug, sorry: ${error instanceof Error ? error.stack : String(error)}\n`);
      void within(CLOSE_LIMIT_MS, injector.settled()).then(() => process.exit(1));
    };
    process.once("uncaughtException", releaseOnBug);
    const reason = await host.run();
    process.removeListener("uncaughtException", releaseOnBug);
    return reason === "host-stopped" ? 0 : 1;
  } finally {
    await closing.run();
  }
}

/** Where nobody may control, nothing that could inject input is even opened. */
async function openInjector(
  options: ShareOptions,
  ownInput: InputInjector | undefined,
  ui: HostUi,
): Promise<InputInjector> {
  if (ownInput !== undefined && !options.viewOnly && options.input !== "none") return ownInput;
  const wanted = options.viewOnly ? "none" : options.input;
  const { injector, refused } = await chooseInput(wanted, { display: options.display }, process.env);
  for (const one of refused) ui.notice("info", `Not typing with ${one.name}: ${one.why}`);
  return injector;
}

/** Whatever server does not answer is told of once, and again when it answers or fails otherwise. */
function telling(prober: IceProber, ui: HostUi): (servers: readonly IceServer[]) => Promise<IceProbe> {
  const told = new Map<string, string>();
  return async (servers) => {
    const probe = await prober.probe(servers);
    for (const one of probe.tried) {
      const { url, outcome } = one;
      const known = told.get(url);
      const isFine = outcome.kind === "ok" || outcome.kind === "not-needed";
      if (known === outcome.kind || (known === undefined && isFine)) continue;
      told.set(url, outcome.kind);
      ui.notice(isFine ? "info" : "warning", probeSentence(one));
    }
    return probe;
  };
}

async function reachServer(
  options: ShareOptions,
  embedded: EmbeddedServer | undefined,
  closing: Closing,
): Promise<{ serverUrl: string; publicUrl: string }> {
  if (options.server !== undefined) return { serverUrl: options.server, publicUrl: options.server };
  if (embedded === undefined) throw new Error("neither a server nor one to embed");
  const { port, close } = await embedded.start();
  closing.add(close);
  return {
    serverUrl: loopbackOrigin(options.bind, port),
    publicUrl: await embeddedOrigin(options.bind, port),
  };
}

async function within(limitMs: number, work: Promise<void> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
