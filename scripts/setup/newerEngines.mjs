// @ts-check
// Docker Engine 26 and 28 beside the tests' own 20.10: those of Debian 13 and of Debian unstable, each in a tree and
// in namespaces of its own, so that neither its mounts nor its networks touch the machine.
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { aptInstall, canInstall } from "./apt.mjs";
import { BASE_IMAGE } from "./baseImage.mjs";
import { cached, stateFolder, withLock } from "./cache.mjs";
import { startDaemon, versionAt } from "./daemon.mjs";
import { run, say } from "./run.mjs";
import { makeNetwork, namespacePath } from "./testNetwork.mjs";

/**
 * @typedef {object} NewerEngine
 * @property {string} major Of its version; names its variables, folders and network.
 * @property {string} suite The Debian that has it.
 * @property {string[]} options Of mmdebstrap, for this suite.
 */

/** @type {NewerEngine[]} */
const ENGINES = [
  { major: "26", suite: "trixie", options: [] },
  { major: "28", suite: "sid", options: ['--aptopt=Acquire::Check-Valid-Until "false"'] },
];

/**
 * Finds or starts the newer engines, with the base image of the tests' engine; running ones answer within
 * milliseconds, and stay for the next time. To stop one, end its dockerd.
 * @param {string} testEngine The endpoint of the tests' engine.
 * @returns {Promise<Record<string, string>>} Environment for the tests: for each engine
 *   `AGENT_CONTAINERS_ENGINE_26`, its endpoint, with `…_NETWORK`, the path of the network namespace where its
 *   published ports are; or `…_SKIPPED`, why it is not there.
 */
export async function newerEngines(testEngine) {
  const found = await Promise.all(ENGINES.map((engine) => environmentFor(engine, testEngine)));
  return Object.fromEntries(found.flatMap((variables) => Object.entries(variables)));
}

/** @param {NewerEngine} engine @param {string} testEngine */
async function environmentFor(engine, testEngine) {
  const variable = `AGENT_CONTAINERS_ENGINE_${engine.major}`;
  const skipped = (/** @type {string} */ reason) => {
    say(`Docker Engine ${engine.major} is left out: ${reason}`);
    return { [`${variable}_SKIPPED`]: reason };
  };
  if (!canInstall()) return skipped("starting one takes root on Debian");
  /** @type {string} */
  let tree;
  try {
    tree = await installTree(engine);
  } catch (error) {
    // Unstable may be broken any day; that is no fault of what is tested.
    return skipped(error instanceof Error ? error.message : String(error));
  }
  const folder = await stateFolder(`engine-${engine.major}`);
  const socket = join(folder, "docker.sock");
  const version =
    (await versionAt(socket)) ??
    (await withLock(`engine-${engine.major}`, () => start(engine, tree, folder, socket)));
  const endpoint = `unix://${socket}`;
  await copyBaseImage(testEngine, endpoint);
  say(`Docker Engine ${version} for the tests is running at ${endpoint}`);
  return { [variable]: endpoint, [`${variable}_NETWORK`]: namespacePath(networkOf(engine)) };
}

/** @param {NewerEngine} engine */
function networkOf({ major }) {
  return `agent-containers-${major}`;
}

/** @param {NewerEngine} engine @returns {Promise<string>} The tree with this engine. */
async function installTree({ major, suite, options }) {
  const folder = await cached(`docker-${suite}-1`, async (draft) => {
    await aptInstall(["mmdebstrap", "iproute2", "iptables"], `for Docker Engine ${major}`);
    say(`Fetching Docker Engine ${major} from Debian ${suite}`);
    const packages = "--include=docker.io,iptables,ca-certificates";
    // In a mount namespace of its own: what it mounts cannot be left behind.
    await run(
      "unshare",
      ["--mount", "mmdebstrap", "--variant=minbase", packages, ...options, suite, join(draft, "root")],
      { timeoutMs: 600_000 },
    );
  });
  return join(folder, "root");
}

/** @param {NewerEngine} engine @param {string} tree @param {string} folder @param {string} socket */
async function start(engine, tree, folder, socket) {
  const running = await versionAt(socket);
  if (running !== undefined) return running;
  const name = networkOf(engine);
  await makeNetwork({ name, link: `ac-${engine.major}`, block: `10.212.${engine.major}` });
  const execRoot = join(folder, "exec");
  await mkdir(execRoot, { recursive: true });
  return await startDaemon({
    socket,
    pidFile: join(execRoot, "dockerd.pid"),
    execRoot,
    log: join(folder, "dockerd.log"),
    prefix: [
      ...["nsenter", `--net=${namespacePath(name)}`],
      ...["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGKILL"],
      ...["sh", join(import.meta.dirname, "enterTree.sh"), tree, folder],
    ],
    // The number of the tree's docker group is that of another group out here.
    args: ["--data-root", join(folder, "data"), "--group", "root"],
  });
}

/** @param {string} from @param {string} to Endpoints. */
async function copyBaseImage(from, to) {
  const idAt = (/** @type {string} */ endpoint) =>
    run("docker", ["-H", endpoint, "images", "-q", BASE_IMAGE]);
  if ((await idAt(to)) !== "") return;
  const save = spawn("docker", ["-H", from, "save", BASE_IMAGE], { stdio: ["ignore", "pipe", "inherit"] });
  const load = spawn("docker", ["-H", to, "load", "--quiet"], { stdio: ["pipe", "ignore", "inherit"] });
  await Promise.all([
    pipeline(save.stdout, load.stdin),
    new Promise((resolve) => load.once("close", resolve)),
  ]);
  if ((await idAt(to)) === "") throw new Error(`${BASE_IMAGE} could not be copied to ${to}.`);
}

if (import.meta.filename === process.argv[1]) {
  const { testEngine } = await import("./testEngine.mjs");
  console.log(await newerEngines((await testEngine()).endpoint));
}
