import { Command, CommanderError } from "commander";

import {
  configPaths,
  environmentLayer,
  fileLayer,
  flagName,
  type Layer,
  type OptionName,
  resolve,
} from "../host-agent/config.ts";
import { type ShareOptions, shareOptions, shareSchema, UsageError } from "../host-agent/options.ts";
import { declaration, type Flag, SERVE_FLAGS, SERVE_SECRETS, SHARE_FLAGS } from "./flags.ts";
import { type ServeOptions, serveOptions, serveSchema } from "./serve-options.ts";

/** What the person asked for. */
export type Invocation =
  | { readonly command: "share"; readonly options: ShareOptions }
  | { readonly command: "serve"; readonly options: ServeOptions }
  | { readonly command: "doctor" }
  /** Help or version. */
  | { readonly command: "print"; readonly text: string };

export type Surroundings = {
  readonly environment: NodeJS.ProcessEnv;
  readonly homeFolder: string;
  readonly version: string;
};

const EXAMPLES = `
Examples:
  $ deskbeam                                      share this desktop on this network
  $ deskbeam --view-only --expires 30m            others may look, nobody controls
  $ deskbeam --server https://desk.example.org    be reached from anywhere
  $ deskbeam serve --port 7440                    be that server
  $ deskbeam share --help                         all flags of sharing`;

const ENVIRONMENT = `
Every flag can also be set as DESKBEAM_FLAG_NAME in the environment, or in ~/.config/deskbeam/config.json or
/etc/deskbeam/config.json as {"share": {"flag-name": …}, "serve": {…}}. A flag counts most, then the environment.`;

/**
 * Reads the command line and everything it leaves open: environment, configuration files, defaults.
 * @param argv without the program's own name
 * @throws UsageError
 */
export function readCommandLine(argv: readonly string[], around: Surroundings): Invocation {
  let printed = "";
  let invocation: Invocation | undefined;
  const take = (text: string): void => {
    printed += text;
  };
  const program = new Command("deskbeam")
    .description("Share a desktop with somebody who has only a web browser.")
    .version(around.version, "--version", "print the version")
    .helpOption("--help", "print this help")
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureOutput({ writeOut: take, writeErr: take });

  const share = program.command("share", { isDefault: true }).description("share this desktop (the default)");
  addFlags(share, SHARE_FLAGS).action(() => {
    const layers = layersOf("share", share, SHARE_FLAGS, around);
    const options = shareOptions(resolve(shareSchema, layers, SHARE_FLAGS));
    refuseIdleFlags(options, layers);
    invocation = { command: "share", options };
  });
  const serve = program.command("serve").description("run a signaling server that hands out the viewer");
  addFlags(serve, SERVE_FLAGS).action(() => {
    const options = [...SERVE_FLAGS, ...SERVE_SECRETS];
    const layers = layersOf("serve", serve, options, around);
    invocation = { command: "serve", options: serveOptions(resolve(serveSchema, layers, options)) };
  });
  program
    .command("doctor")
    .description("check what sharing needs here (not yet)")
    .option("--json", "one JSON object per line")
    .action(() => {
      invocation = { command: "doctor" };
    });

  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: "print", text: printed };
    throw usageErrorOf(error, argv[0] ?? "");
  }
  if (invocation === undefined) throw new Error("no command ran"); // share is the default: a bug
  return invocation;
}

function addFlags(command: Command, flags: readonly Flag[]): Command {
  for (const flag of flags) command.option(declaration(flag), flag.help);
  return command.addHelpText("after", ENVIRONMENT);
}

/** All places a value may come from, the one that counts most first. */
function layersOf(
  name: "share" | "serve",
  command: Command,
  options: readonly OptionName[],
  around: Surroundings,
): Layer[] {
  const fromFlags = flagLayer(command, options);
  refuseSecrets(fromFlags, options);
  const files = configPaths(around.homeFolder).map((path) => fileLayer(path, name, options));
  return [fromFlags, environmentLayer(options, around.environment), ...files];
}

function flagLayer(command: Command, options: readonly OptionName[]): Layer {
  const layer = new Map<string, { value: unknown; from: string }>();
  for (const { name } of options) {
    // commander turns `--no-qr` into a `qr` that is true unless the flag is given.
    const negated = /^no([A-Z])(.*)$/.exec(name);
    const key = negated ? `${negated[1]?.toLowerCase()}${negated[2]}` : name;
    if (command.getOptionValueSource(key) !== "cli") continue;
    const value: unknown = negated ? true : command.getOptionValue(key);
    layer.set(name, { value, from: `--${flagName(name)}` });
  }
  return layer;
}

/** The list of processes shows argv to every user of the machine. */
function refuseSecrets(given: Layer, options: readonly OptionName[]): void {
  for (const { name, secret } of options) {
    const value = given.get(name)?.value;
    if (!secret || typeof value !== "string" || !/credential|username|:\/\/[^/]*@/i.test(value)) continue;
    const variable = `DESKBEAM_${flagName(name).replaceAll("-", "_").toUpperCase()}`;
    throw new UsageError(
      `--${flagName(name)} holds a credential, and every user of this machine can read a command line`,
      `Set ${variable}, or put it into a file and name that file in ${variable}_FILE.`,
    );
  }
}

/** Flags that would be taken and then do nothing. In the environment they may be meant for another run. */
function refuseIdleFlags(options: ShareOptions, [flags]: readonly Layer[]): void {
  if (options.server === undefined) return;
  const idle = ["port", "bind", "addressLimitFactor"].find((name) => flags?.has(name) === true);
  if (idle === undefined) return;
  throw new UsageError(
    `--${flagName(idle)} is about the server inside this program, and --server uses another one`,
    `Leave out --server or --${flagName(idle)}.`,
  );
}

function usageErrorOf(error: CommanderError, first: string): UsageError {
  // What is no command is taken for a word too many after the default one.
  const isCommand = first.startsWith("-") || ["share", "serve", "doctor", "help"].includes(first);
  if (error.code === "commander.excessArguments" && !isCommand) {
    return new UsageError(`"${first}" is not a command`, "The commands are share (the default), serve and doctor.");
  }
  const [message = "", ...more] = error.message.replace(/^error: /, "").split("\n");
  const seeHelp = "Run deskbeam --help, or deskbeam COMMAND --help, to see what there is.";
  return new UsageError(message, [...more, seeHelp].join(" "));
}
