// @ts-check
// Busybox as Alpine has it: with adduser, which Debian's own leaves out. No registry and no mirror of Alpine may be
// within reach, so that the tests make an image of its shape.
import { createHash } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aptInstall, canInstall } from "./apt.mjs";
import { cached } from "./cache.mjs";
import { run, say } from "./run.mjs";

const VERSION = "1.35.0";
const SOURCE = `http://deb.debian.org/debian/pool/main/b/busybox/busybox_${VERSION}.orig.tar.bz2`;
const SHA256 = "faeeb244c35a348a334f4a59e44626ee870fb07b6884d68c10ae8bc19f83a694";

/**
 * Finds or builds it, statically linked and with everything in it; a minute, once.
 * @returns {Promise<Record<string, string>>} Environment for the tests: `AGENT_CONTAINERS_BUSYBOX`, the program, or
 *   `AGENT_CONTAINERS_BUSYBOX_SKIPPED`, why there is none.
 */
export async function busybox() {
  if (!canInstall()) return { AGENT_CONTAINERS_BUSYBOX_SKIPPED: "building Busybox takes root on Debian" };
  try {
    const folder = await cached(`busybox-${VERSION}-1`, build);
    return { AGENT_CONTAINERS_BUSYBOX: join(folder, "busybox") };
  } catch (error) {
    // Its source leaves Debian with the next release.
    const reason = error instanceof Error ? error.message : String(error);
    say(`Busybox is left out: ${reason}`);
    return { AGENT_CONTAINERS_BUSYBOX_SKIPPED: reason };
  }
}

/** @param {string} draft */
async function build(draft) {
  await aptInstall(["gcc", "make", "libc6-dev", "bzip2"], "to build Busybox for the tests");
  say(`Building Busybox ${VERSION} for the tests`);
  const answer = await fetch(SOURCE);
  if (!answer.ok) throw new Error(`${SOURCE}: ${String(answer.status)}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== SHA256) throw new Error(`${SOURCE} is not what it was: ${digest}`);
  await writeFile(join(draft, "source.tar.bz2"), bytes);
  await run("tar", ["-xf", "source.tar.bz2"], { cwd: draft });
  const cwd = join(draft, `busybox-${VERSION}`);
  await run("make", ["defconfig"], { cwd });
  // tc does not compile with the headers of Linux 6.8 and later.
  const settings = "s/# CONFIG_STATIC is not set/CONFIG_STATIC=y/; s/CONFIG_TC=y/# CONFIG_TC is not set/";
  await run("sed", ["-i", settings, ".config"], { cwd });
  await run("make", ["-j4"], { cwd, timeoutMs: 900_000, log: join(draft, "log") });
  await rename(join(cwd, "busybox"), join(draft, "busybox"));
  await run("rm", ["-r", cwd, join(draft, "source.tar.bz2")]);
}

if (import.meta.filename === process.argv[1]) console.log(await busybox());
