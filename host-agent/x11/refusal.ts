import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { HostError } from "../errors.ts";

/** Port 6000 + number is where the package looks when there is no local socket; a higher one makes it throw late. */
const MAX_DISPLAY_NUMBER = 65_535 - 6000;

/** @throws HostError for a text that names no display. `host` is empty for a local one. */
export function displayAddress(name: string): { host: string; number: number; screen: number } {
  const match = /^(?:unix|local)?(?:\/)?([^:/]*):(\d{1,5})(?:\.(\d{1,3}))?$/.exec(name);
  if (match === null || Number(match[2]) > MAX_DISPLAY_NUMBER) {
    throw new HostError(
      "display-not-openable",
      `"${name}" does not name an X display.`,
      "A display is written :0 (this machine) or host:10.0 (another one).",
    );
  }
  return { host: match[1] ?? "", number: Number(match[2]), screen: Number(match[3] ?? 0) };
}

/** The package throws out of a file callback when the cookie file is there but unreadable, so we look first. */
export async function cookieFileTrouble(): Promise<HostError | undefined> {
  const path = process.env.XAUTHORITY ?? join(homedir(), ".Xauthority");
  try {
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    // No file at all is ordinary: many displays let local users in without a cookie.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    return new HostError(
      "display-not-openable",
      `The X cookie file ${path} cannot be read.`,
      "Run this as the user who owns the desktop session, or point XAUTHORITY at a file you can read.",
      { cause: error },
    );
  }
}

/** What went wrong when opening a display, in words, with what to do about it. */
export function explainRefusal(name: string, error: Error): HostError {
  const detail = error.message.replaceAll(/\s+/g, " ").trim();
  // A server that lets us in by no cookie may hang up before its reason is read.
  if (/authori[sz]ation|cookie|MIT-MAGIC|closed before setup|EPIPE|ECONNRESET/i.test(detail)) {
    return new HostError(
      "display-not-openable",
      `The X display ${name} refused us: ${detail}`,
      'Run this as the user who owns the desktop session, or set XAUTHORITY to its cookie file (see "xauth info").',
      { cause: error },
    );
  }
  if (/ECONNREFUSED|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|uv -/.test(detail)) {
    return new HostError(
      "display-not-openable",
      `There is no X display ${name}: nothing answers at its address (${detail}).`,
      'See which displays exist with "ls /tmp/.X11-unix" (X0 is :0), and pass one with --display.',
      { cause: error },
    );
  }
  return new HostError(
    "display-not-openable",
    `The X display ${name} cannot be opened: ${detail}.`,
    'See whether other programs can open it: "xdpyinfo -display NAME".',
    { cause: error },
  );
}
