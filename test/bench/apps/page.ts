import { type Random, seededRandom } from "../../support/seeded-random.ts";
import { FIRST_NUMBER, STAMP_HEIGHT, STAMP_WIDTH, whiteCells } from "../painter/stamp.ts";
import type { AppName } from "./names.ts";
import { article, code, drawMap, word, words } from "./page-content.ts";

/*
 * The page in the browser on the shared display. It does what pages do, as the browser paints it: antialiased text, soft
 * shadows, fades, a decoded film. With each of its updates it paints another number, by which the update is told.
 */

type Stop = () => void;
type App = (into: HTMLElement, random: Random, film: string) => Stop;

const SEED = 7;
const GROUND = "position:absolute;inset:0;background:radial-gradient(circle at 30% 40%,#7ac,#247 60%,#113)";

const main = document.createElement("main");
const stamp = document.createElement("canvas");
stamp.width = STAMP_WIDTH;
stamp.height = STAMP_HEIGHT;
stamp.style.cssText = "position:fixed;left:200px;top:100px;z-index:1";
document.body.style.cssText = 'margin:0;font:16px/1.5 "DejaVu Sans"';
document.body.append(main, stamp);

let number = FIRST_NUMBER;
let stop: Stop = () => {};

/** Begins to do this; what was done before ends. */
export function play(app: AppName, film: string): void {
  stop();
  main.replaceChildren();
  scrollTo(0, 0);
  mark();
  stop = APP[app](main, seededRandom(SEED), film);
}

/** All rests. */
export function halt(): void {
  stop();
  stop = () => {};
}

/** Where the numbers are on the display. */
export function stampPlace(): { readonly x: number; readonly y: number } {
  const { left, top } = stamp.getBoundingClientRect();
  return { x: screenX + left, y: screenY + outerHeight - innerHeight + top };
}

const APP: Readonly<Record<AppName, App>> = {
  /** Somebody types into a text field, 8 letters a second. */
  form: (into, random) => {
    into.innerHTML = `<textarea style="margin:60px;width:900px;height:600px;font:16px monospace"></textarea>`;
    const field = into.querySelector("textarea");
    field?.focus();
    return every(125, () =>
      document.execCommand("insertText", false, random() < 0.15 ? " " : word(random).slice(0, 1)),
    );
  },
  /** A wheel in an article: three lines, 15 times a second. */
  article: (into, random) => {
    into.innerHTML = article(random);
    return every(67, () => scrollBy(0, 53));
  },
  /** The same with every frame, as touchpads do it. */
  glide: (into, random) => {
    into.innerHTML = article(random);
    return eachFrame(() => scrollBy(0, 7));
  },
  /** Coloured code beside a list of files and a map of all of it, three lines 20 times a second. */
  editor: (into, random) => {
    const lines = Array.from({ length: 1500 }, (_, line) => `${String(line).padStart(5)}  ${code(random)}`);
    const map = Array.from({ length: 700 }, () => words(random, 4));
    into.innerHTML = `<div style="position:absolute;inset:0;background:#1e1e1e;color:#ccc">
      <div style="position:absolute;inset:0 auto 0 0;width:260px;background:#252526">${words(random, 36).replaceAll(" ", "<br>")}</div>
      <pre style="position:absolute;inset:40px 120px 30px 260px;overflow:hidden;margin:0;font:14px/20px monospace">${lines.join("\n")}</pre>
      <div style="position:absolute;inset:40px 0 30px auto;width:120px;overflow:hidden;font:2px/3px monospace"><div id="map">${map.join("<br>")}</div></div>
    </div>`;
    const [text, small] = [into.querySelector("pre"), into.querySelector<HTMLElement>("#map")];
    return every(50, () => {
      if (text === null || small === null) return;
      text.scrollTop += 60;
      small.style.marginTop = `${-Math.floor(text.scrollTop / 14)}px`;
    });
  },
  /** A program that prints three lines 20 times a second. */
  terminal: (into, random) => {
    into.innerHTML = `<pre style="position:absolute;left:200px;top:160px;width:1200px;height:760px;overflow:hidden;background:#111;color:#ddd;font:14px/18px monospace;padding:8px"></pre>`;
    const pre = into.querySelector("pre");
    let lines: string[] = [];
    return every(50, () => {
      for (let line = 0; line < 3; line += 1) lines.push(code(random));
      lines = lines.slice(-42);
      if (pre !== null) pre.innerHTML = lines.join("\n");
    });
  },
  /** A window with a soft shadow, dragged over a gradient 30 times a second. */
  window: (into, random) => {
    into.innerHTML = `<div style="${GROUND}"></div><div id="window" style="position:absolute;width:640px;height:420px;background:#fafafa;border-radius:10px;box-shadow:0 8px 30px #0008;overflow:hidden">
      <h3 style="margin:0;padding:8px;background:linear-gradient(#eef,#ccd)">Window</h3><p style="padding:10px">${words(random, 90)}</p></div>`;
    const window = into.querySelector<HTMLElement>("#window");
    let step = 0;
    return every(33, () => {
      step += 1;
      if (window === null) return;
      window.style.left = `${Math.round(600 + 400 * Math.sin(step / 25))}px`;
      window.style.top = `${Math.round(360 + 180 * Math.sin(step / 17))}px`;
    });
  },
  /** A map that is moved with every frame. */
  map: (into, random) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 2600, height: 2000 });
    canvas.style.position = "absolute";
    into.append(canvas);
    drawMap(canvas, random);
    let step = 0;
    return eachFrame(() => {
      step += 1;
      canvas.style.left = `${Math.round(-340 + 320 * Math.sin(step / 60))}px`;
      canvas.style.top = `${Math.round(-450 + 400 * Math.cos(step / 41))}px`;
    });
  },
  /** One page fades into another, all over, with every frame. */
  slides: (into, random) => {
    into.innerHTML = `<div style="position:absolute;inset:0;background:#fff">${article(random)}</div>
      <div id="slide" style="position:absolute;inset:0;background:linear-gradient(#135,#8bd);color:#fff;font-size:60px;padding:200px">${words(random, 12)}</div>`;
    const slide = into.querySelector<HTMLElement>("#slide");
    let step = 0;
    return eachFrame(() => {
      step += 1;
      if (slide !== null) slide.style.opacity = String((1 - Math.cos(step / 20)) / 2);
    });
  },
  /** A film of half the size that its player shows it in, 30 pictures a second. */
  film: (into, _random, film) => {
    into.innerHTML = `<div style="${GROUND}"></div><video src="${film}" loop muted style="position:absolute;left:320px;top:200px;width:1280px;height:720px"></video>`;
    const video = into.querySelector("video");
    let isOn = true;
    const onPicture = () => {
      if (!isOn) return;
      mark();
      video?.requestVideoFrameCallback(onPicture);
    };
    video?.requestVideoFrameCallback(onPicture);
    void video?.play();
    return () => {
      isOn = false;
      video?.pause();
    };
  },
};

/** An update each time. */
function every(periodMs: number, update: () => void): Stop {
  const timer = setInterval(() => {
    update();
    mark();
  }, periodMs);
  return () => clearInterval(timer);
}

function eachFrame(update: () => void): Stop {
  let frame = 0;
  const onFrame = () => {
    update();
    mark();
    frame = requestAnimationFrame(onFrame);
  };
  onFrame();
  return () => cancelAnimationFrame(frame);
}

/** Paints the next number. */
function mark(): void {
  const paper = stamp.getContext("2d");
  if (paper === null) throw new Error("There is no canvas.");
  number += 1;
  paper.fillStyle = "#000";
  paper.fillRect(0, 0, STAMP_WIDTH, STAMP_HEIGHT);
  paper.fillStyle = "#fff";
  const cells = whiteCells(number, 0, 0);
  for (let at = 0; at < cells.length; at += 4) {
    const [x = 0, y = 0, width = 0, height = 0] = cells.slice(at, at + 4);
    paper.fillRect(x, y, width, height);
  }
}
