import { describe, expect, it } from "vitest";
import { readPageParameters } from "../../../viewer/core/page-parameters.ts";

const read = (search: string) => readPageParameters(new URLSearchParams(search));

describe("the page's parameters", () => {
  it("have quiet defaults", () => {
    const plain = { viewOnly: false, resize: "fit", quality: 0, embed: false, lang: undefined, path: "auto" };
    expect(read("")).toEqual(plain);
  });

  it("are all read", () => {
    expect(read("?view_only&resize=1:1&quality=60&embed=1&lang=de-CH&path=mjpeg")).toEqual({
      viewOnly: true,
      resize: "1:1",
      quality: 60,
      embed: true,
      lang: "de-CH",
      path: "mjpeg",
    });
  });

  it("can be switched off in words", () => {
    expect(read("?view_only=0&embed=FALSE")).toMatchObject({ viewOnly: false, embed: false });
  });

  it("fall back to the default where the value makes no sense", () => {
    const odd = read("?resize=huge&quality=101&path=teleport&lang=<b>&view_only=yes&unknown=1");
    expect(odd).toEqual({ ...read(""), viewOnly: true });
    expect(read("?quality=auto").quality).toBe(0);
    expect(read("?quality=1.5").quality).toBe(0);
  });
});
