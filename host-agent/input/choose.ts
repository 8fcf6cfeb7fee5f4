import { type Availability, HostError } from "../errors.ts";
import type { InputDriver, InputInjector, InputTarget } from "./driver.ts";
import { noneDriver } from "./none.ts";
import { nutInput } from "./nut.ts";
import { x11Input } from "./x11.ts";

export type WantedInput = "auto" | "x11" | "nut" | "none";

/** A driver that was tried and cannot be used here. `why` is a sentence a person understands. */
export type RefusedInput = { readonly name: string; readonly why: string; readonly hint: string };

export type ChosenInput = {
  readonly injector: InputInjector;
  /** What the driver says of itself. */
  readonly note: string;
  readonly refused: readonly RefusedInput[];
};

export type InputDrivers = { readonly x11: InputDriver; readonly nut: InputDriver; readonly none: InputDriver };

type Environment = Readonly<Record<string, string | undefined>>;

/** The real drivers. The environment says whether this is a Wayland session, and which display is the usual one. */
function inputDrivers(environment: Environment): InputDrivers {
  return { x11: x11Input(environment), nut: nutInput(environment), none: noneDriver };
}

/**
 * Opens the wanted driver. `auto` takes the first that works of x11 (exact characters), nut (portable) and none, and
 * says why it passed the others over; so it always finds one.
 * @throws HostError `input-unavailable` when the named one cannot be used
 */
export async function chooseInput(
  wanted: WantedInput,
  target: InputTarget,
  environment: Environment,
  drivers: InputDrivers = inputDrivers(environment),
): Promise<ChosenInput> {
  const candidates = wanted === "auto" ? [drivers.x11, drivers.nut, drivers.none] : [drivers[wanted]];
  const refused: RefusedInput[] = [];
  for (const driver of candidates) {
    const opened = await tryOpen(driver, target);
    if (opened.available) return { injector: opened.injector, note: opened.note, refused };
    refused.push({ name: driver.name, why: opened.why, hint: opened.hint });
  }
  const last = refused.at(-1);
  throw new HostError(
    "input-unavailable",
    `Input by "${wanted}" is not possible here. ${last?.why ?? ""}`.trim(),
    last?.hint ?? "Share with --view-only.",
  );
}

async function tryOpen(
  driver: InputDriver,
  target: InputTarget,
): Promise<(Availability & { available: true; injector: InputInjector }) | (Availability & { available: false })> {
  const availability = await driver.probe(target);
  if (!availability.available) return availability;
  try {
    return { ...availability, injector: await driver.open(target) };
  } catch (error) {
    // The display may have gone between the two calls; that is one more refusal.
    if (!(error instanceof HostError)) throw error;
    return { available: false, why: error.message, hint: error.hint };
  }
}
