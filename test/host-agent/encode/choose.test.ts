import { describe, expect, it } from "vitest";
import { chooseJpegEncoder } from "../../../host-agent/encode/choose.ts";
import type { JpegEncoderDriver } from "../../../host-agent/encode/driver.ts";
import { sharpDriver } from "../../../host-agent/encode/sharp.ts";

const broken: JpegEncoderDriver = {
  name: "broken",
  probe: async () => ({ available: false, why: "its binary is for another planet", hint: "Move there." }),
  open: async () => {
    throw new Error("opened although it is refused");
  },
};

describe("the choice of a JPEG encoder", () => {
  it("is libjpeg-turbo where its addon loads, as here", async () => {
    const { encoder, refused } = await chooseJpegEncoder();
    expect(encoder.name).toBe("jpeg-turbo");
    expect(refused).toEqual([]);
  });

  it("falls back to the next one and says why", async () => {
    const { encoder, refused } = await chooseJpegEncoder([broken, sharpDriver]);
    expect(encoder.name).toBe("sharp");
    expect(refused).toEqual([{ name: "broken", why: "its binary is for another planet", hint: "Move there." }]);
  });

  it("fails with reason and remedy when there is none", async () => {
    await expect(chooseJpegEncoder([broken])).rejects.toMatchObject({
      name: "HostError",
      code: "encoder-unavailable",
      message: expect.stringContaining("broken: its binary is for another planet"),
      hint: "Move there.",
    });
  });
});
