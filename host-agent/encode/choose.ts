import { HostError } from "../errors.ts";
import type { JpegEncoder, JpegEncoderDriver } from "./driver.ts";
import { jpegTurboDriver } from "./jpeg-turbo.ts";
import { sharpDriver } from "./sharp.ts";

export type ChosenJpegEncoder = {
  readonly encoder: JpegEncoder;
  /** Those that would have been better, and why they cannot be used. */
  readonly refused: readonly { readonly name: string; readonly why: string; readonly hint: string }[];
};

/** Best first. */
const JPEG_ENCODERS: readonly JpegEncoderDriver[] = [jpegTurboDriver, sharpDriver];

/**
 * Opens the first encoder that works here.
 * @throws HostError `encoder-unavailable` when none does
 */
export async function chooseJpegEncoder(
  drivers: readonly JpegEncoderDriver[] = JPEG_ENCODERS,
): Promise<ChosenJpegEncoder> {
  const refused: { name: string; why: string; hint: string }[] = [];
  for (const driver of drivers) {
    const found = await driver.probe();
    if (found.available) return { encoder: await driver.open(), refused };
    refused.push({ name: driver.name, why: found.why, hint: found.hint });
  }
  const reasons = refused.map(({ name, why }) => `${name}: ${why}`).join("; ");
  throw new HostError(
    "encoder-unavailable",
    `No picture can be encoded here (${reasons}).`,
    refused.at(-1)?.hint ?? "Install deskbeam again: npm install",
  );
}
