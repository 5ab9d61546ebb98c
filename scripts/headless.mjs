// @ts-check
// The main job from the outside: an agent is made from this folder, logged into, stopped and started, kept in a snapshot,
// forked, and thrown away, and nothing of it stays.
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
    await login(agent.ssh, `echo kept > ${agent.workspaceFolder}/note-of-the-agent`);
    await step("Stopped it", () => cli(endpoint, ["stop", agent.id], {}));
    await step("Started it, and logged in again", async () => {
      await cli(endpoint, ["start", agent.id], {});
      await login(agent.ssh, "true");
    });
    const snapshot = /** @type {{ id: string }} */ (
      await step("Took a snapshot", () => cli(endpoint, ["snapshot", agent.id, "--input", "-"], {}))
    );
    const forks = /** @type {Agent[]} */ (
      await step("Forked it twice from there", () =>
        cli(endpoint, ["fork", agent.id, "--input", "-"], { snapshot: snapshot.id, count: 2 }),
      )
    );
    try {
      await step("Logged in to both forks", () => Promise.all(forks.map((fork) => findNote(fork))));
    } finally {
      await step("Destroyed the forks", () => Promise.all(forks.map(({ id }) => destroy(endpoint, id))));
    }
  } finally {
    await step("Destroyed it, and its snapshot", () => destroy(endpoint, agent.id));
  }

  const after = { ssh: await fingerprint(ssh), engine: await contents(endpoint) };
  const stays = ["container agent-containers-state", "volume agent-containers-state"];
  const left = after.engine.filter((thing) => !before.engine.includes(thing) && !stays.includes(thing));
  if (left.length > 0) throw new Error(`This is left over on the engine: ${left.join(", ")}`);
  if (after.ssh !== before.ssh)
    throw new Error(`${ssh} is not what it was.\nBefore:\n${before.ssh}\nNow:\n${after.ssh}`);
  say(
    `Nothing is left over but the prepared image and the engine's state volume, and ${ssh} is byte for byte what it was`,
  );
}

/** @param {string} endpoint @param {string} id */
async function destroy(endpoint, id) {
  await cli(endpoint, ["destroy", id, "--input", "-"], { force: true, snapshots: "delete" });
}

/** @param {Agent} fork */
async function findNote({ ssh, workspaceFolder }) {
  const note = await login(ssh, `cat ${workspaceFolder}/note-of-the-agent`);
  if (note.trim() !== "kept") throw new Error(`The fork ${ssh.alias} lacks what the agent wrote: ${note}`);
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

/** @param {string} endpoint @returns {Promise<string[]>} Everything on the engine but prepared images, as `kind name`. */
async function contents(endpoint) {
  const kinds = /** @type {const} */ ({
    container: ["ps", "--all", "--format", "{{.Names}}"],
    volume: ["volume", "ls", "--format", "{{.Name}}"],
    network: ["network", "ls", "--format", "{{.Name}}"],
    snapshot: ["image", "ls", "--filter", "reference=mngr-snapshot", "--format", "{{.Tag}}"],
  });
  const lists = await Promise.all(
    Object.entries(kinds).map(async ([kind, args]) => {
      const names = await run("docker", ["-H", endpoint, ...args]);
      return names.split("\n").flatMap((name) => (name === "" ? [] : [`${kind} ${name}`]));
    }),
  );
  return lists.flat();
}
