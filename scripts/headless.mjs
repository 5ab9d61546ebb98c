// @ts-check
// The main job from the outside: an agent is made from this folder, logged into, stopped, started and thrown away, and nothing stays.
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { fingerprint } from "./fingerprint.mjs";
import { root } from "./setup/dependencies.mjs";
import { parseJson } from "./setup/json.mjs";
import { elapsed, run, say } from "./setup/run.mjs";

/** @typedef {{ id: string, workspaceFolder: string, ssh: { alias: string, configFile: string } }} Agent The parts we use. */

/**
 * @param {string} endpoint The engine to work on.
 * @throws {Error} When a step fails or something is left over.
 */
export async function mainJob(endpoint) {
  const ssh = join(homedir(), ".ssh");
  const before = { ssh: await fingerprint(ssh), engine: await contents(endpoint) };
  const spec = { name: `start-${String(process.pid)}`, workspace: { mode: "copy", source: root } };

  const agent = /** @type {Agent} */ (
    await step("Created an agent from this folder", () => cli(endpoint, ["create", "--input", "-"], spec))
  );
  try {
    const files = await step(`Logged in with ssh ${agent.ssh.alias}`, () =>
      login(agent.ssh, `ls -A ${agent.workspaceFolder}`),
    );
    if (!files.split("\n").includes("package.json")) {
      throw new Error(`The agent's workspace holds no package.json, only:\n${files}`);
    }
    await step("Stopped it", () => cli(endpoint, ["stop", agent.id], {}));
    await step("Started it, and logged in again", async () => {
      await cli(endpoint, ["start", agent.id], {});
      await login(agent.ssh, "true");
    });
  } finally {
    await step("Destroyed it", () => cli(endpoint, ["destroy", agent.id, "--input", "-"], { force: true }));
  }

  const after = { ssh: await fingerprint(ssh), engine: await contents(endpoint) };
  const left = after.engine.filter((thing) => !before.engine.includes(thing));
  if (left.length > 0) throw new Error(`This is left over on the engine: ${left.join(", ")}`);
  if (after.ssh !== before.ssh)
    throw new Error(`${ssh} is not what it was.\nBefore:\n${before.ssh}\nNow:\n${after.ssh}`);
  say(`Nothing is left over but the prepared image, and ${ssh} is byte for byte what it was`);
}

/**
 * @template T
 * @param {string} done What to say afterwards.
 * @param {() => Promise<T>} action
 */
async function step(done, action) {
  const since = performance.now();
  const result = await action();
  say(`${done} (${elapsed(since)})`);
  return result;
}

/**
 * @param {string} endpoint
 * @param {string[]} args
 * @param {unknown} input The options object.
 * @returns {Promise<unknown>}
 */
async function cli(endpoint, args, input) {
  const command = [join(root, "dist", "cli.js"), ...args, "--engine", endpoint, "--json"];
  return parseJson(await run(process.execPath, command, { input: JSON.stringify(input) }));
}

/**
 * @param {Agent["ssh"]} ssh
 * @param {string} command
 */
async function login({ alias, configFile }, command) {
  // OpenSSH takes the home from the user data base: with another HOME the configuration must be named.
  const config = homedir() === userInfo().homedir ? [] : ["-F", configFile];
  return await run("ssh", [...config, "-o", "BatchMode=yes", alias, command], { timeoutMs: 30_000 });
}

/** @param {string} endpoint @returns {Promise<string[]>} Everything on the engine but images, as `kind name`. */
async function contents(endpoint) {
  const kinds = /** @type {const} */ ({
    container: ["ps", "--all", "--format", "{{.Names}}"],
    volume: ["volume", "ls", "--format", "{{.Name}}"],
    network: ["network", "ls", "--format", "{{.Name}}"],
  });
  const lists = await Promise.all(
    Object.entries(kinds).map(async ([kind, args]) => {
      const names = await run("docker", ["-H", endpoint, ...args]);
      return names.split("\n").flatMap((name) => (name === "" ? [] : [`${kind} ${name}`]));
    }),
  );
  return lists.flat();
}
