import type { Log, LogLevel } from "../signaling/options.ts";

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** For a person who shares a desktop and did not ask for a server's log: a plain line, from `lowest` on. */
export function plainLog(lowest: LogLevel, errors: NodeJS.WritableStream): Log {
  return (level, message, fields) => {
    if (RANKS[level] < RANKS[lowest]) return;
    errors.write(`${level}: ${message}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}\n`);
  };
}
