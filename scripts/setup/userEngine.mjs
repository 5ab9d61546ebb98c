// @ts-check
// The engine that `npm start` works with: the user's own.
import { existsSync } from "node:fs";
import { canInstall } from "./apt.mjs";
import { stateFolder, withLock } from "./cache.mjs";
import { installDocker, startDaemon, versionAt } from "./daemon.mjs";
import { fromEnvironment, run, say, which } from "./run.mjs";

const DEFAULT_SOCKET = "/var/run/docker.sock";

/** @typedef {{ endpoint: string, version: string }} Engine */

/**
 * Finds the engine that the docker command would use. On Debian, as root and with none there, installs and
 * starts one.
 * @returns {Promise<Engine>}
 * @throws {Error} When there is none; says how to get one.
 */
export async function userEngine() {
  const engine = (await present()) ?? (await withLock("user-engine", start));
  say(`Docker Engine ${engine.version} is running at ${engine.endpoint}`);
  return engine;
}

/** @returns {Promise<Engine>} */
async function start() {
  const other = await present();
  if (other !== undefined) return other;
  if (process.env.DOCKER_HOST)
    throw new Error(`No Docker Engine answers at DOCKER_HOST, ${process.env.DOCKER_HOST}.`);
  if (!canInstall()) {
    throw new Error(
      which("docker") === undefined
        ? "Docker is not installed. Get Docker Engine or Docker Desktop at https://docs.docker.com/get-docker/ and run this again."
        : "Docker is installed but its engine does not answer. Start Docker (Docker Desktop, or `sudo systemctl start docker`) and run this again.",
    );
  }
  await installDocker();
  if (existsSync("/run/systemd/system")) await run("systemctl", ["start", "docker"]);
  else await startByHand();
  const engine = await present();
  if (engine === undefined)
    throw new Error(`Docker Engine was started but does not answer at ${DEFAULT_SOCKET}.`);
  return engine;
}

async function startByHand() {
  if ((await versionAt(DEFAULT_SOCKET)) !== undefined) return;
  await startDaemon({
    socket: DEFAULT_SOCKET,
    pidFile: "/var/run/docker.pid",
    execRoot: "/var/run/docker",
    log: `${await stateFolder("user-engine")}/dockerd.log`,
  });
}

/** @returns {Promise<Engine | undefined>} */
async function present() {
  if (which("docker") === undefined) return undefined;
  const endpoint =
    fromEnvironment("DOCKER_HOST") ??
    (await run("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], {
      timeoutMs: 10_000,
    }));
  const version = await answer(endpoint);
  return version === undefined ? undefined : { endpoint, version };
}

/** @param {string} endpoint */
async function answer(endpoint) {
  if (endpoint.startsWith("unix://")) return await versionAt(endpoint.slice("unix://".length));
  try {
    return await run("docker", ["-H", endpoint, "version", "--format", "{{.Server.Version}}"], {
      timeoutMs: 10_000,
    });
  } catch {
    // Not there, or not answering: for us the same.
    return undefined;
  }
}

if (import.meta.filename === process.argv[1]) await userEngine();
