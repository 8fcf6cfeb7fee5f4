import type { Size } from "../../../protocol/geometry.ts";

/** Left button down or up, and where: three numbers of 16 bits, as the page's machine writes them. */
export const CLICK_BYTES = 6;
/** An empty message: the last pixels are on the canvas. */
export const DRAWN_BYTES = 0;
/** In front of the pixels: x, y, width and height of their rectangle, 16 bits each. */
export const PLACE_BYTES = 8;

/** The least a page can do to show pixels and to send clicks. */
export const barePage = ({ width, height }: Size): string => `<!doctype html>
<title>floor</title>
<style>body { margin: 0; overflow: hidden } canvas { display: block }</style>
<canvas width="${width}" height="${height}"></canvas>
<script>
const canvas = document.querySelector("canvas");
const picture = canvas.getContext("2d", { alpha: false });
const socket = new WebSocket("ws://" + location.host);
socket.binaryType = "arraybuffer";
socket.onmessage = ({ data }) => {
  const [x, y, width, height] = new Uint16Array(data, 0, ${PLACE_BYTES / 2});
  picture.putImageData(new ImageData(new Uint8ClampedArray(data, ${PLACE_BYTES}), width, height), x, y);
  socket.send(new Uint8Array(${DRAWN_BYTES}));
};
const send = (down) => ({ clientX, clientY }) => socket.send(Uint16Array.of(down, clientX, clientY));
canvas.onmousedown = send(1);
canvas.onmouseup = send(0);
</script>
`;
