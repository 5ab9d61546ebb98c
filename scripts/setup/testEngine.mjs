// @ts-check
// The engine that the tests work with: one of their own, so that they never touch a user's containers.
import { join } from "node:path";
import { canInstall } from "./apt.mjs";
import { stateFolder, withLock } from "./cache.mjs";
import { installDocker, startDaemon, versionAt } from "./daemon.mjs";
import { fromEnvironment, say } from "./run.mjs";
import { inside, makeNetwork } from "./testNetwork.mjs";
import { userEngine } from "./userEngine.mjs";

/** What Linux allows for the path of a unix socket. */
const LONGEST_SOCKET_PATH = 107;

/**
 * @typedef {object} TestEngine
 * @property {string} endpoint
 * @property {string[]} prefix What to put before a command that talks to published ports: the engine has a network
 *   namespace of its own.
 */

/**
 * Finds or starts the tests' engine; a running one answers within milliseconds. It stays running, for the next
 * time. `AGENT_CONTAINERS_TEST_ENGINE` names another endpoint. Where we cannot start one (not root, or not
 * Debian) it is the user's own.
 * @returns {Promise<TestEngine>}
 */
export async function testEngine() {
  const given = fromEnvironment("AGENT_CONTAINERS_TEST_ENGINE");
  if (given !== undefined) return { endpoint: given, prefix: [] };
  if (!canInstall()) {
    say("The tests use your own Docker Engine: starting a separate one takes root on Debian");
    return { endpoint: (await userEngine()).endpoint, prefix: [] };
  }
  const folder = await stateFolder("test-engine");
  const socket = join(folder, "docker.sock");
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH) {
    throw new Error(`${socket} is too long for a socket: set AGENT_CONTAINERS_CACHE to a shorter path.`);
  }
  const version = (await versionAt(socket)) ?? (await withLock("test-engine", () => start(folder, socket)));
  say(`Docker Engine ${version} for the tests is running at unix://${socket}`);
  return { endpoint: `unix://${socket}`, prefix: inside };
}

/** @param {string} folder @param {string} socket */
async function start(folder, socket) {
  const running = await versionAt(socket);
  if (running !== undefined) return running;
  await installDocker();
  await makeNetwork();
  return await startDaemon({
    socket,
    pidFile: join(folder, "dockerd.pid"),
    execRoot: join(folder, "exec"),
    log: join(folder, "dockerd.log"),
    prefix: inside,
    args: [
      ...["--data-root", join(folder, "data")],
      // These matter where both engines share the machine's own containerd.
      ...["--containerd-namespace", "agent-containers"],
      ...["--containerd-plugins-namespace", "agent-containers-plugins"],
    ],
  });
}

if (import.meta.filename === process.argv[1]) await testEngine();
