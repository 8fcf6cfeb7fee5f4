import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time for /proc in hundredths of a second on every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;

type Process = { readonly pid: number; readonly parent: number; readonly cpuSeconds: number };

/** Processor time that these processes and all below them have used, their ended children included. */
export function treeCpuSeconds(roots: readonly number[]): number {
  const processes = allProcesses();
  const counted = new Set(roots);
  // A child's number can be lower than its parent's, so one pass is not enough.
  for (let before = -1; before !== counted.size; ) {
    before = counted.size;
    for (const { pid, parent } of processes) if (counted.has(parent)) counted.add(pid);
  }
  return cpuSecondsOf(processes, counted);
}

/** Processor time of just these processes. */
export function cpuSeconds(pids: readonly number[]): number {
  return cpuSecondsOf(allProcesses(), new Set(pids));
}

function cpuSecondsOf(processes: readonly Process[], pids: ReadonlySet<number>): number {
  return processes.filter(({ pid }) => pids.has(pid)).reduce((sum, one) => sum + one.cpuSeconds, 0);
}

function allProcesses(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const found = readProcess(Number(name));
      return found === undefined ? [] : [found];
    });
}

/** @returns undefined when it has ended meanwhile */
function readProcess(pid: number): Process | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // it has ended since the folder was listed
  }
  // The second field is the name in parentheses, which may hold spaces and parentheses; count from behind it. proc(5):
  // parent is field 4, utime to cstime are 14 to 17.
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  return { pid, parent: fields[1] ?? 0, cpuSeconds: ticks / TICKS_PER_SECOND };
}
