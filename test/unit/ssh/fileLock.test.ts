import { spawnSync } from "node:child_process";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFileLock } from "../../../src/ssh/fileLock.js";
import { systemClock } from "../../../src/util/clock.js";
import { temporaryHome } from "./rig.js";

const options = { clock: systemClock, prepare: () => Promise.resolve() };
const ago = (ms: number) => (Date.now() - ms) / 1_000;

async function abandoned(path: string, pid: number, host: string, ageMs: number): Promise<void> {
  await writeFile(path, JSON.stringify({ pid, host, token: "x" }));
  await utimes(path, ago(ageMs), ago(ageMs));
}

describe("withFileLock", () => {
  it("lets in one at a time, in a crowd that also breaks a stale lock", async () => {
    const folder = await temporaryHome();
    const path = join(folder, "lock");
    await abandoned(path, 1, "elsewhere", 60_000);
    let inside = 0;
    let total = 0;
    const visit = () =>
      withFileLock(path, options, async (guard) => {
        inside += 1;
        expect(inside).toBe(1);
        await guard();
        const before = total;
        await readdir(folder);
        total = before + 1;
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 30 }, visit));
    expect(total).toBe(30);
    expect(await readdir(folder)).toEqual([]);
  });

  it("breaks the lock of a dead process after a second", async () => {
    const path = join(await temporaryHome(), "lock");
    const dead = spawnSync("true").pid;
    await abandoned(path, dead, hostname(), 1_500);
    await withFileLock(path, options, () => Promise.resolve());
  });

  it.each([
    ["a live process", process.pid, hostname()],
    ["a process of another machine", 999_999, "elsewhere"],
  ])("waits for %s, until cancelled", async (_name, pid, host) => {
    const path = join(await temporaryHome(), "lock");
    await abandoned(path, pid, host, 3_000);
    const signal = AbortSignal.timeout(150);
    await expect(withFileLock(path, { ...options, signal }, () => Promise.resolve())).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid });
  });

  it("gives up after 20 s with a remedy", async () => {
    const path = join(await temporaryHome(), "lock");
    await abandoned(path, process.pid, hostname(), 0);
    let now = 0;
    const clock = { now: () => now, sleep: () => Promise.resolve(void (now += 1_000)) };
    await expect(withFileLock(path, { ...options, clock }, () => Promise.resolve())).rejects.toMatchObject({
      code: "SSH_CONFIG_UNWRITABLE",
      remedy: expect.stringContaining(path) as string,
    });
  });

  it("tells a holder that its lock was taken, and leaves the new holder's alone", async () => {
    const path = join(await temporaryHome(), "lock");
    const work = withFileLock(path, options, async (guard) => {
      await writeFile(path, "another");
      await guard();
    });
    await expect(work).rejects.toMatchObject({ code: "SSH_CONFIG_UNWRITABLE" });
    expect(await readFile(path, "utf8")).toBe("another");
  });
});
