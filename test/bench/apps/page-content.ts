import type { Random } from "../../support/seeded-random.ts";

const LETTERS = "etaoinshrdlucmfwypvbgkjqxz";
const INKS = ["#569cd6", "#ce9178", "#9cdcfe", "#6a9955", "#dcdcaa", "#d4d4d4"];
const LAND = ["#cfe3b4", "#b5d3e8", "#ddd6c6", "#f2efe9"];
const ROADS = ["#ffffff", "#f7c873", "#bbbbbb"];

/** Letters as often as in English, more or less. */
export const word = (random: Random): string =>
  Array.from({ length: 2 + random() * 8 }, () => LETTERS[Math.floor(random() * random() * LETTERS.length)]).join("");

export const words = (random: Random, count: number): string =>
  Array.from({ length: count }, () => word(random)).join(" ");

/** A line of code as editors colour it, as HTML. */
export function code(random: Random): string {
  const parts = Array.from(
    { length: 4 + random() * 7 },
    () => `<span style="color:${one(INKS, random)}">${word(random)}</span>`,
  );
  return " ".repeat(2 * Math.floor(random() * 6)) + parts.join(" ");
}

/** A long one, as HTML. */
export function article(random: Random): string {
  const paragraphs = Array.from(
    { length: 300 },
    (_, nth) => `${nth % 6 === 0 ? `<h2>${words(random, 4)}</h2>` : ""}<p>${words(random, 60)}</p>`,
  );
  return `<div style="width:900px;margin:40px auto">${paragraphs.join("")}</div>`;
}

/** Fields, water, roads and names, on all of the canvas. */
export function drawMap(canvas: HTMLCanvasElement, random: Random): void {
  const paper = canvas.getContext("2d");
  if (paper === null) throw new Error("There is no canvas.");
  const { width, height } = canvas;
  paper.fillStyle = "#e8e4d8";
  paper.fillRect(0, 0, width, height);
  for (let field = 0; field < 120; field += 1) {
    const [x, y] = [random() * width, random() * height];
    paper.fillStyle = one(LAND, random);
    paper.beginPath();
    for (let corner = 0; corner < 9; corner += 1) paper.lineTo(x + (random() - 0.5) * 400, y + (random() - 0.5) * 400);
    paper.fill();
  }
  for (let road = 0; road < 160; road += 1) {
    let [x, y] = [random() * width, random() * height];
    paper.strokeStyle = one(ROADS, random);
    paper.lineWidth = 2 + random() * 8;
    paper.beginPath();
    paper.moveTo(x, y);
    for (let bend = 0; bend < 6; bend += 1) {
      x += (random() - 0.5) * 500;
      y += (random() - 0.5) * 500;
      paper.lineTo(x, y);
    }
    paper.stroke();
  }
  paper.fillStyle = "#333";
  paper.font = '15px "DejaVu Sans"';
  for (let name = 0; name < 400; name += 1) paper.fillText(words(random, 2), random() * width, random() * height);
}

const one = (choices: readonly string[], random: Random): string =>
  choices[Math.floor(random() * choices.length)] ?? "";
