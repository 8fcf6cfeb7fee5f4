/** What the part of the address before the `#` may ask for. Unknown names and values are ignored: old links keep working. */
export type PageParameters = {
  /** Never takes control, whatever the host grants. */
  readonly viewOnly: boolean;
  readonly resize: Resize;
  /** 0 lets the host choose, 1..100 is a wish. */
  readonly quality: number;
  readonly embed: boolean;
  /** A language tag such as `de`; undefined follows the browser. */
  readonly lang: string | undefined;
  readonly path: PathWish;
};

export type Resize = "fit" | "1:1" | "stretch";
/** `auto` climbs down the ladder; the others hold one rung. */
export type PathWish = "auto" | "direct" | "turn" | "relay" | "mjpeg";

const RESIZES: readonly Resize[] = ["fit", "1:1", "stretch"];
const PATHS: readonly PathWish[] = ["auto", "direct", "turn", "relay", "mjpeg"];

/** @param entries names and values in the order written, decoded; the last of a name wins */
export function readPageParameters(entries: Iterable<readonly [string, string]>): PageParameters {
  const given = new Map(entries);
  const lang = given.get("lang");
  return {
    viewOnly: isOn(given.get("view_only")),
    resize: oneOf(RESIZES, given.get("resize")) ?? "fit",
    quality: qualityOf(given.get("quality")),
    embed: isOn(given.get("embed")),
    lang: lang !== undefined && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(lang) ? lang : undefined,
    path: oneOf(PATHS, given.get("path")) ?? "auto",
  };
}

/** `?embed`, `?embed=1`, `=true`, `=yes` and `=on` all mean the same. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !["0", "false", "no", "off"].includes(value.toLowerCase());
}

function oneOf<Value extends string>(values: readonly Value[], given: string | undefined): Value | undefined {
  return values.find((value) => value === given);
}

function qualityOf(value: string | undefined): number {
  if (value === undefined || !/^\d{1,3}$/.test(value)) return 0;
  const quality = Number(value);
  return quality <= 100 ? quality : 0;
}
