// @ts-check
// The registry that the tests pull from: Debian's own docker-registry. Each test file starts and stops its own.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { canInstall } from "./apt.mjs";
import { cached, withLock } from "./cache.mjs";
import { run, say } from "./run.mjs";

/**
 * Finds or fetches the registry. Its package is unpacked and not installed: an installed one would start a service
 * on a port of the machine.
 * @returns {Promise<Record<string, string>>} Environment for the tests: `AGENT_CONTAINERS_REGISTRY`, the program, or
 *   `AGENT_CONTAINERS_REGISTRY_SKIPPED`, why there is none.
 */
export async function registry() {
  if (!canInstall())
    return { AGENT_CONTAINERS_REGISTRY_SKIPPED: "fetching docker-registry takes root on Debian" };
  const folder = await cached("docker-registry-1", async (draft) => {
    say("Fetching docker-registry for the tests");
    await withLock("apt", () => run("apt-get", ["update"], { timeoutMs: 300_000 }));
    // apt fetches as a user of its own, who may not write here; it says so, and fetches as root.
    await run("apt-get", ["download", "docker-registry"], { cwd: draft, timeoutMs: 300_000 });
    const [archive = ""] = (await readdir(draft)).filter((name) => name.endsWith(".deb"));
    await run("dpkg-deb", ["--extract", join(draft, archive), join(draft, "root")]);
  });
  return { AGENT_CONTAINERS_REGISTRY: join(folder, "root", "usr", "bin", "docker-registry") };
}

if (import.meta.filename === process.argv[1]) console.log(await registry());
