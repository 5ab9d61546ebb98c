import { createHash, randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** On containers that a verb makes: which verb of which process, so that another one can tell whether it still works. */
export const ownerLabel = "agent-containers.owner";

/** A verb of another machine is taken for dead after this; whether it is cannot be asked. */
const elsewhereMs = 60 * 60_000;

function tryRead(read: () => string): string {
  try {
    return read().trim();
  } catch {
    // Not Linux, or not ours to read: the mark then says less.
    return "";
  }
}

/** Of two containers with one host name, and of a machine's own processes: ids of processes mean something only there. */
const machine = createHash("sha256")
  .update(
    [
      hostname(),
      tryRead(() => readFileSync("/etc/machine-id", "utf8")),
      tryRead(() => readlinkSync("/proc/self/ns/pid")),
    ].join("\n"),
  )
  .digest("hex")
  .slice(0, 16);
const boot = tryRead(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));

/** When a process started, in ticks since boot (proc(5), field 22); empty where the system does not tell. */
const startOf = (pid: number) =>
  tryRead(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // One that nobody has buried yet does nothing any more.
    return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
  });

/** The verbs of this process that are under way, whichever core they are of. */
const underWay = new Set<string>();

/** Runs a verb under a mark of its own, for `ownerLabel`: it counts as alive until `verb`, with its undo, has ended. */
export async function withOwner<T>(verb: (mark: string) => Promise<T>): Promise<T> {
  const operation = randomUUID();
  underWay.add(operation);
  try {
    return await verb([machine, boot, process.pid, startOf(process.pid), operation].join("/"));
  } finally {
    underWay.delete(operation);
  }
}

/** True for a mark of this machine. */
export function isOfThisMachine(mark: string | undefined): boolean {
  return mark?.startsWith(`${machine}/`) === true;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is not ours to signal, and alive.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/**
 * True where the verb that left `mark` on something is over, and nobody will finish what it began. `ageMs`: of what
 * bears the mark; it counts for other machines. What cannot be read is taken for alive.
 */
export function ownerIsDead(mark: string | undefined, ageMs: number): boolean {
  const [theirMachine, theirBoot, pidText, start, operation] = mark?.split("/") ?? [];
  const pid = Number(pidText);
  if (!theirMachine || !operation || !Number.isInteger(pid) || pid <= 0) return false;
  if (theirMachine !== machine) return ageMs > elsewhereMs;
  if (theirBoot !== boot) return true;
  const now = startOf(pid);
  if (pid === process.pid && now === start) return !underWay.has(operation);
  return !lives(pid) || now !== start;
}
