// A plugin for Vite: `import film from "./film.wasm"` compiles film.ts beside it, AssemblyScript that imports nothing, to
// WebAssembly, and is what that exports. film.d.wasm.ts says for TypeScript what that is.
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const SUFFIX = ".wasm";

/**
 * Of the sources compiled by this process, with the text that was: Vitest has a server for each of its projects.
 * @type {Map<string, { text: string, code: Promise<Uint8Array<ArrayBuffer>> }>}
 */
const compiled = new Map();

/** @returns {import("vite").Plugin} */
export function assemblyScript() {
  return {
    name: "assembly-script",
    enforce: "pre",
    resolveId(id, importer) {
      if (!id.startsWith(".") || !id.endsWith(SUFFIX) || importer === undefined) return null;
      const path = resolve(dirname(importer), id);
      return existsSync(sourceOf(path)) ? path : null;
    },
    async load(id) {
      const source = sourceOf(id);
      if (!id.endsWith(SUFFIX) || !existsSync(source)) return null;
      this.addWatchFile(source);
      const text = readFileSync(source, "utf8");
      const known = compiled.get(source);
      const code = known?.text === text ? known.code : compile(source, text);
      compiled.set(source, { text, code });
      return moduleOf(await code);
    },
  };
}

/** @param {string} path */
const sourceOf = (path) => `${path.slice(0, -SUFFIX.length)}.ts`;

/**
 * @param {string} path for what is said of it
 * @param {string} text
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws Error with what the compiler says, also where that is only a warning
 */
async function compile(path, text) {
  // Only now: it is large, and most of what Vite does needs none of it.
  const { default: asc } = await import("assemblyscript/asc");
  /** @type {Uint8Array<ArrayBuffer> | undefined} */
  let code;
  const { error, stderr } = await asc.main(
    // Without a memory of its own to manage: each source says how it is laid out.
    ["source.ts", "--outFile", "code.wasm", "-O3", "--runtime", "stub", "--noAssert", "--enable", "simd"],
    {
      readFile: (name) => (name === "source.ts" ? text : null),
      writeFile: (_, contents) => {
        if (typeof contents !== "string") code = Uint8Array.from(contents);
      },
      listFiles: () => [],
    },
  );
  const said = stderr.toString();
  if (error !== null || code === undefined || said !== "") throw new Error(`${path}: ${error?.message ?? ""}\n${said}`);
  return code;
}

/**
 * Made when it is imported: a few kilobytes are compiled in a millisecond.
 * @param {Uint8Array<ArrayBuffer>} code
 * @returns {string} JavaScript
 */
function moduleOf(code) {
  return `
    const code = Uint8Array.from(atob("${Buffer.from(code).toString("base64")}"), (letter) => letter.charCodeAt(0));
    export default new WebAssembly.Instance(new WebAssembly.Module(code)).exports;
  `;
}
