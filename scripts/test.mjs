// @ts-check
// `npm test`: every suite on real parts. `npm test -- unit`, `-- workbench`, `-- engine some/file` run a part.
import { join } from "node:path";
import { prepare } from "./prepare.mjs";
import { aptInstall } from "./setup/apt.mjs";
import { newerEngines } from "./setup/newerEngines.mjs";
import { busybox } from "./setup/busybox.mjs";
import { registry } from "./setup/registry.mjs";
import { runVisibly, which } from "./setup/run.mjs";
import { testEngine } from "./setup/testEngine.mjs";

/** The tests talk to an OpenSSH server and use its client. Its server lies where only root's PATH looks. */
async function ensureTools() {
  process.env.PATH = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
  const packages = { ssh: "openssh-client", sshd: "openssh-server", rsync: "rsync", git: "git" };
  const missing = Object.entries(packages).filter(([command]) => which(command) === undefined);
  if (missing.length > 0)
    await aptInstall(
      missing.map(([, name]) => name),
      "for the tests",
    );
}

const args = process.argv.slice(2);
/** The suites that run on several engines; all suites when none is named. */
const severalEngines =
  ["contract", "engine"].some((suite) => args.includes(suite)) ||
  !["unit", "workbench", "vsix"].some((suite) => args.includes(suite));

try {
  const { endpoint, prefix } = await prepare(testEngine);
  await ensureTools();
  const newer = severalEngines
    ? { ...(await newerEngines(endpoint)), ...(await registry()), ...(await busybox()) }
    : {};
  const suites = [process.execPath, join(import.meta.dirname, "suites.mjs"), ...args];
  const [program = "", ...rest] = [...prefix, ...suites];
  const env = { ...process.env, AGENT_CONTAINERS_TEST_ENGINE: endpoint, ...newer };
  process.exitCode = await runVisibly(program, rest, { env });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
