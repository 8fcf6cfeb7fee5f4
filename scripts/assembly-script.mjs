// A plugin for Vite: `import film from "./film.wasm"` compiles film.ts beside it, AssemblyScript, to WebAssembly, and is what
// that exports. film.d.wasm.ts says for TypeScript what that is.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import asc from "assemblyscript/asc";

const SUFFIX = ".wasm";

/** @returns {import("vite").Plugin} */
export function assemblyScript() {
  return {
    name: "assembly-script",
    enforce: "pre",
    resolveId(id, importer) {
      return id.endsWith(SUFFIX) && importer !== undefined ? resolve(dirname(importer), id) : null;
    },
    async load(id) {
      if (!id.endsWith(SUFFIX)) return null;
      const source = `${id.slice(0, -SUFFIX.length)}.ts`;
      this.addWatchFile(source);
      return moduleOf(await compile(source));
    },
  };
}

/**
 * @param {string} path of the source
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws Error with what the compiler says
 */
async function compile(path) {
  /** @type {Uint8Array<ArrayBuffer> | undefined} */
  let code;
  const { error, stderr } = await asc.main(
    // Without a memory of its own to manage: each source says how it is laid out.
    ["source.ts", "--outFile", "code.wasm", "-O3", "--runtime", "stub", "--noAssert", "--enable", "simd"],
    {
      readFile: (name) => (name === "source.ts" ? readFileSync(path, "utf8") : null),
      writeFile: (_, contents) => {
        if (typeof contents !== "string") code = Uint8Array.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error !== null || code === undefined) throw new Error(`${path}: ${error?.message}\n${stderr}`);
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
