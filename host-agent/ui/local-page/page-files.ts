import { readdirSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";

export type PageFile = { readonly bytes: Buffer; readonly contentType: string };

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * The built page, by name below its folder. It is small and held in memory: no request ever reaches the disk.
 * @throws Error of node:fs when the folder is not there
 */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const contentType = CONTENT_TYPES[extname(name)];
    if (contentType === undefined) continue;
    files.set(name.split(sep).join("/"), { bytes: readFileSync(join(folder, name)), contentType });
  }
  return files;
}
