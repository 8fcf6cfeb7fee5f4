import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time for /proc in hundredths of a second on every architecture (USER_HZ). */
const TICKS_PER_SECOND = 100;

type Process = { readonly pid: number; readonly parent: number; readonly cpuSeconds: number };

/** Processor time that these processes and all below them have used, their ended children included. */
export function treeCpuSeconds(roots: readonly number[]): number {
  const processes = allProcesses();
  return cpuSecondsOf(processes, treeOf(processes, roots));
}

/** Processor time of just these processes. */
export function cpuSeconds(pids: readonly number[]): number {
  return cpuSecondsOf(allProcesses(), new Set(pids));
}

/** Memory that these processes and all below them hold (RSS), each counted by itself. */
export function treeResidentBytes(roots: readonly number[]): number {
  return memoryBytesOf([...treeOf(allProcesses(), roots)], "Rss");
}

/** Memory of these processes and all below them (PSS): what several of them share counts once. */
export function treeProportionalBytes(roots: readonly number[]): number {
  return memoryBytesOf([...treeOf(allProcesses(), roots)], "Pss");
}

function treeOf(processes: readonly Process[], roots: readonly number[]): ReadonlySet<number> {
  const counted = new Set(roots);
  // A child's number can be lower than its parent's, so one pass is not enough.
  for (let before = -1; before !== counted.size; ) {
    before = counted.size;
    for (const { pid, parent } of processes) if (counted.has(parent)) counted.add(pid);
  }
  return counted;
}

function cpuSecondsOf(processes: readonly Process[], pids: ReadonlySet<number>): number {
  return processes.filter(({ pid }) => pids.has(pid)).reduce((sum, one) => sum + one.cpuSeconds, 0);
}

function memoryBytesOf(pids: readonly number[], kind: "Rss" | "Pss"): number {
  return pids.reduce((sum, pid) => sum + kibibytes(readProcFile(pid, "smaps_rollup"), kind) * 1024, 0);
}

/** @param rollup lines as `Rss:   1234 kB`, which are 1024 bytes each; undefined: ended */
const kibibytes = (rollup: string | undefined, kind: string): number =>
  Number(rollup?.match(new RegExp(`^${kind}: +(\\d+) kB$`, "m"))?.[1] ?? 0);

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
  const text = readProcFile(pid, "stat");
  if (text === undefined) return undefined;
  // The second field is the name in parentheses, which may hold spaces and parentheses; count from behind it. proc(5):
  // parent is field 4, utime to cstime are 14 to 17.
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  return { pid, parent: fields[1] ?? 0, cpuSeconds: ticks / TICKS_PER_SECOND };
}

function readProcFile(pid: number, name: "stat" | "smaps_rollup"): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return undefined; // it has ended since the folder was listed
  }
}
