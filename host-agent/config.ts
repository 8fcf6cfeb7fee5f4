import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { UsageError } from "./options.ts";

/** A value and the words that say where it comes from: `--fps`, `DESKBEAM_FPS`, `"fps" in /etc/…`. */
export type Given = { readonly value: unknown; readonly from: string };

/** Option name in camelCase to what was given for it in one place. */
export type Layer = ReadonlyMap<string, Given>;

export type OptionName = { readonly name: string; readonly secret: boolean };

/** `noQr` to `no-qr`, as flags and configuration files spell it. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `noQr` to `DESKBEAM_NO_QR`. */
export function environmentName(name: string): string {
  return `DESKBEAM_${flagName(name).replaceAll("-", "_").toUpperCase()}`;
}

/**
 * What the environment says. A secret may stand in a file that `…_FILE` names. An empty variable counts as not set:
 * compose files write it for a value they have not got.
 * @throws UsageError when such a file cannot be read, or both are set
 */
export function environmentLayer(options: readonly OptionName[], environment: NodeJS.ProcessEnv): Layer {
  const layer = new Map<string, Given>();
  for (const { name, secret } of options) {
    const variable = environmentName(name);
    const value = environment[variable];
    if (value) layer.set(name, { value, from: variable });
    const path = secret ? environment[`${variable}_FILE`] : undefined;
    if (!path) continue;
    if (value) throw new UsageError(`${variable} and ${variable}_FILE are both set`, "Keep one of them.");
    layer.set(name, { value: readSecret(path, `${variable}_FILE`), from: `${variable}_FILE` });
  }
  return layer;
}

function readSecret(path: string, variable: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new UsageError(
      `${variable} names ${path}, which cannot be read: ${reason(error)}`,
      "Correct the path or the file's rights.",
    );
  }
}

/** Configuration files, the one that counts more first. */
export function configPaths(homeFolder: string): readonly string[] {
  return [join(homeFolder, ".config/deskbeam/config.json"), "/etc/deskbeam/config.json"];
}

const configFile = z.strictObject({
  share: z.record(z.string(), z.unknown()).optional(),
  serve: z.record(z.string(), z.unknown()).optional(),
});

/**
 * What a configuration file says for one command: `{"share": {"fps": 30, "no-qr": true}, "serve": {…}}`, named as the
 * flags are. A file that is not there says nothing.
 * @throws UsageError when it cannot be read, is not such JSON, or names an option that does not exist
 */
export function fileLayer(path: string, command: "share" | "serve", options: readonly OptionName[]): Layer {
  const text = readIfThere(path);
  if (text === undefined) return new Map();
  const shape = `It must look like {"${command}": {"log-level": "info"}}.`;
  const parsed = configFile.safeParse(parseJson(text, path, shape));
  if (!parsed.success) throw new UsageError(`${path} is no configuration of deskbeam`, shape);
  const nameByFlag = new Map(options.map(({ name }) => [flagName(name), name]));
  const layer = new Map<string, Given>();
  for (const [flag, value] of Object.entries(parsed.data[command] ?? {})) {
    const name = nameByFlag.get(flag);
    if (name === undefined) {
      throw new UsageError(`${path} sets "${flag}", which ${command} does not have`, `See: deskbeam ${command} --help`);
    }
    layer.set(name, { value, from: `"${flag}" in ${path}` });
  }
  return layer;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UsageError(`${path} cannot be read: ${reason(error)}`, "Correct the file's rights, or remove it.");
  }
}

function parseJson(text: string, path: string, shape: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${reason(error)}`, shape);
  }
}

/**
 * Puts the layers together, the one that counts most first, and checks the result.
 * @throws UsageError that names the first wrong value and where it comes from
 */
export function resolve<Schema extends z.ZodType>(
  schema: Schema,
  layers: readonly Layer[],
  options: readonly OptionName[],
): z.output<Schema> {
  const given = new Map<string, Given>([...layers].reverse().flatMap((layer) => [...layer]));
  const parsed = schema.safeParse(Object.fromEntries([...given].map(([name, { value }]) => [name, value])));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0]);
  const wrong = given.get(name);
  // A secret is not repeated on a screen or in a log.
  const isSecret = options.some((option) => option.name === name && option.secret);
  const shown = isSecret || wrong?.value === true ? "" : ` ${JSON.stringify(wrong?.value)}`;
  throw new UsageError(
    `${wrong?.from ?? name}${shown}: ${issue?.message ?? "is wrong"}`,
    "See --help for what each option takes.",
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
