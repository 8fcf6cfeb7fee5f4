/** Line drawings on a grid of 24, drawn in the colour of the text around them. */
const DRAWINGS = {
  keyboard:
    "M3.5 6.5h17a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-17a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M7.5 14h9",
  text: "M5 7V5h14v2M12 5v14M9 19h6",
  fit: "M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM7.5 12h9M9.5 9.8 7.3 12l2.2 2.2M14.5 9.8l2.2 2.2-2.2 2.2",
  fullscreen: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5",
  leave: "M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M10.5 12H20M16.5 8.5 20 12l-3.5 3.5",
  hand: "M5 4l6 15 2.2-6.3L19.5 10.5z",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.3a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4z",
  lock: "M6.5 11h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  unlock: "M6.5 11h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2",
  path: "M5 12.5a10 10 0 0 1 14 0M8 15.7a5.8 5.8 0 0 1 8 0M12 19h.01M2 9.2a14.3 14.3 0 0 1 20 0",
  check: "M5 12.5l4.5 4.5L19 7.5",
  alert: "M12 8v5M12 16.5h.01M12 3.5l9 16H3z",
  cross: "M7 7l10 10M17 7 7 17",
  dash: "M7 12h10",
  copy: "M9 8.5h10a.5.5 0 0 1 .5.5v11a.5.5 0 0 1-.5.5H9a.5.5 0 0 1-.5-.5V9a.5.5 0 0 1 .5-.5zM5.5 15.5h-1V4a.5.5 0 0 1 .5-.5h10.5v1",
  pause: "M9 6v12M15 6v12",
} as const;

export type IconName = keyof typeof DRAWINGS;

const SVG = "http://www.w3.org/2000/svg";

/** The program's sign: a screen with a beam of light across it, on a grid of 32. */
const MARK =
  "M8.5 7.5h15A2.5 2.5 0 0 1 26 10v8.5a2.5 2.5 0 0 1-2.5 2.5h-15A2.5 2.5 0 0 1 6 18.5V10a2.5 2.5 0 0 1 2.5-2.5zM7 20 25 8.5M12 25.5h8";

/** Decoration only: whoever uses it says in words what it means. */
export function icon(name: IconName): SVGSVGElement {
  return drawing(DRAWINGS[name], 24, "icon");
}

export function mark(): SVGSVGElement {
  return drawing(MARK, 32, "mark");
}

function drawing(path: string, gridUnits: number, className: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${gridUnits} ${gridUnits}`);
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add(className);
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
