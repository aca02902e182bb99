import { readFileSync, statSync } from "node:fs";

/** Byte of the -shm file that a writer locks in WAL mode (sqlite.org/walformat.html, section 2.3). */
const WRITE_LOCK = "120";

/** Major and minor number as /proc/locks tells them, from a Linux dev_t (makedev(3)). */
function deviceOf(dev: number): string {
  const major = ((dev >> 8) & 0xfff).toString(16).padStart(2, "0");
  const minor = ((dev & 0xff) | ((dev >> 12) & 0xfff00)).toString(16).padStart(2, "0");
  return `${major}:${minor}`;
}

function isStopped(pid: string): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name before it is in brackets and may hold anything.
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}

/** Who keeps a database in WAL mode locked, as "process 123, which is stopped"; undefined: not known, as off Linux. */
export function lockHolder(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(`${path}-shm`);
    const file = `${deviceOf(dev)}:${ino}`;
    for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
      // "1: POSIX  ADVISORY  WRITE 123 fe:00:456 120 120"
      const [, , , mode, pid, of, start] = line.trim().split(/\s+/);
      if (of !== file || mode !== "WRITE" || start !== WRITE_LOCK || pid === undefined) continue;
      return `process ${pid}${isStopped(pid) ? ", which is stopped," : ""}`;
    }
  } catch {
    // No /proc, or the holder has just ended.
  }
  return undefined;
}
