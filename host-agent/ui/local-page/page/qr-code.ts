import { encode } from "uqr";

const SVG = "http://www.w3.org/2000/svg";
/** A reader needs this much white around the code, in squares. */
const QUIET_ZONE = 3;

/** The text as a QR code, black on white in every theme so that any phone reads it. */
export function qrCode(text: string): SVGSVGElement {
  const { data, size } = encode(text, { ecc: "L", border: QUIET_ZONE });
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  const drawing = document.createElementNS(SVG, "path");
  drawing.setAttribute("d", squares.join(""));
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("class", "qr");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "The link as a QR code");
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.append(drawing);
  return svg;
}
