import { readdir, readFile } from "node:fs/promises";

/**
 * PID 1 of a container, as this machine numbers it. The engine's own `State.Pid` is a number in the engine's PID
 * namespace, which is another one where the engine runs in a container or below `unshare`.
 */
export async function firstProcessOf(containerId: string): Promise<number> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      if (!(await readFile(`/proc/${pid}/cgroup`, "utf8")).includes(containerId)) continue;
      const numbers = /^NSpid:(.*)$/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
      if (numbers?.trim().split(/\s+/).at(-1) === "1") return Number(pid);
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error(`no process of the container ${containerId} is seen from here`);
}
