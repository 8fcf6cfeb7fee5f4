import { HostError } from "../errors.ts";
import type { InputInjector } from "../input/driver.ts";
import type { Capture, CaptureDriver, CaptureTarget } from "./driver.ts";
import { nutCapture } from "./nut.ts";
import { screenshotCapture } from "./screenshot.ts";
import { openTestCard, testCardCapture } from "./test-card.ts";
import { x11Capture } from "./x11.ts";

export type WantedCapture = "auto" | "x11" | "nut" | "screenshot" | "test-card";

/** A driver that was tried and cannot be used here. `why` is a sentence a person understands. */
export type RefusedCapture = { readonly name: string; readonly why: string; readonly hint: string };

export type ChosenCapture = {
  readonly capture: Capture;
  readonly name: string;
  /** What the driver says of itself. */
  readonly note: string;
  readonly refused: readonly RefusedCapture[];
  /** What the person must know before they believe that their desktop is shared. */
  readonly warning: string | undefined;
  /** A display that is not of this machine takes its input itself. */
  readonly ownInput: InputInjector | undefined;
};

/** Drivers of the real display, best first. */
const displayDrivers = (): readonly CaptureDriver[] => [x11Capture(), nutCapture, screenshotCapture];

const WAYLAND_REFUSAL = {
  why: "this is a Wayland session, where X11 programs see only Xwayland: the picture would be black.",
  hint: 'Log in to an X11 ("Xorg") session, or name an X display with --display.',
};

/**
 * Opens the wanted driver. `auto` takes the first of x11, nut and screenshot that works, and says why it passed the
 * others over; with no display at all it takes the test card, with a warning.
 * @throws HostError `display-not-openable` when --display names one that no driver can open, `capture-unavailable` when
 *   the driver that was named cannot be used
 */
export async function chooseCapture(
  wanted: WantedCapture,
  target: CaptureTarget,
  environment: Readonly<Record<string, string | undefined>>,
  drivers: readonly CaptureDriver[] = displayDrivers(),
): Promise<ChosenCapture> {
  if (wanted === "test-card") return await chooseTestCard("This is a test card", [], undefined);
  const candidates = wanted === "auto" ? drivers : drivers.filter((driver) => driver.name === wanted);
  const wayland = target.display === undefined && isWayland(environment);
  const aimed = { ...target, display: target.display ?? environment.DISPLAY };
  const refused: RefusedCapture[] = [];
  for (const driver of candidates) {
    const found = wayland ? WAYLAND_REFUSAL : await tryOpen(driver, aimed);
    if ("capture" in found) return { ...found, name: driver.name, refused, warning: undefined, ownInput: undefined };
    refused.push({ name: driver.name, ...found });
  }
  const [best] = refused;
  if (wanted !== "auto" || target.display !== undefined) throw noneWorks(wanted, target.display, best);
  const warning = `No display can be shared, so a test card is. ${best?.hint ?? ""}`.trim();
  return await chooseTestCard("No display found: this is a test card", refused, warning);
}

function isWayland(environment: Readonly<Record<string, string | undefined>>): boolean {
  return (environment.WAYLAND_DISPLAY ?? "") !== "" || environment.XDG_SESSION_TYPE === "wayland";
}

async function tryOpen(
  driver: CaptureDriver,
  target: CaptureTarget,
): Promise<{ capture: Capture; note: string } | { why: string; hint: string }> {
  const availability = await driver.probe(target);
  if (!availability.available) return { why: availability.why, hint: availability.hint };
  try {
    return { capture: await driver.open(target), note: availability.note };
  } catch (error) {
    // The display may have gone between the two calls; that is one more refusal.
    if (!(error instanceof HostError)) throw error;
    return { why: error.message, hint: error.hint };
  }
}

function noneWorks(wanted: WantedCapture, display: string | undefined, best: RefusedCapture | undefined): HostError {
  const hint = best?.hint ?? "Leave --capture out to let deskbeam choose.";
  // The best driver's reason is the telling one: the others need the same display.
  const why = best?.why ?? "there is no such driver here.";
  return display === undefined
    ? new HostError("capture-unavailable", `Capture by "${wanted}" is not possible here: ${why}`, hint)
    : new HostError("display-not-openable", `The display ${display} cannot be shared: ${why}`, hint);
}

async function chooseTestCard(
  headline: string,
  refused: readonly RefusedCapture[],
  warning: string | undefined,
): Promise<ChosenCapture> {
  const capture = await openTestCard(headline);
  const note = "a picture of our own: no desktop is shared";
  return { capture, name: testCardCapture.name, note, refused, warning, ownInput: capture.input };
}
