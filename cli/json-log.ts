import { pino } from "pino";

import type { Log, LogLevel } from "../signaling/options.ts";

/** For operators: one JSON object per line on standard error, written at once so that nothing is lost at the end. */
export function jsonLog(lowest: LogLevel): Log {
  const logger = pino({ level: lowest, base: null }, pino.destination({ fd: 2, sync: true }));
  return (level, message, fields) => logger[level]({ ...fields }, message);
}
