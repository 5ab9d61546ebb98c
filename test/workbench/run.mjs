// @ts-check
// Runs a suite in real VS Code: the desktop where it can be had, the browser workbench elsewhere.
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { freePort } from "../../scripts/serve.mjs";
import { cacheFolder } from "../../scripts/setup/cache.mjs";
import { readJson } from "../../scripts/setup/json.mjs";
import { root } from "../../scripts/setup/dependencies.mjs";
import { fromEnvironment, run, say } from "../../scripts/setup/run.mjs";
import { buildSuite } from "./build.mjs";
import { findVscode, installVsix } from "./vscode.mjs";
import { follow } from "./follow.mjs";

/**
 * @typedef {object} WorkbenchOptions
 * @property {boolean} [vsix] Test the packaged file instead of the build in dist.
 * @property {string} [grep] Only the tests whose title matches.
 * @property {string} [extension] The folder of the extension in development.
 * @property {string} [suite] The folder of the test files.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/**
 * Runs the suite on the engine that `AGENT_CONTAINERS_TEST_ENGINE` names, with folders of its own for everything a
 * user has (home, settings, extensions).
 * @param {WorkbenchOptions} options
 * @returns {Promise<Counts>} A run that ends without a result counts as one failure.
 */
export async function runWorkbench({ vsix = false, grep = "", ...where }) {
  const here = import.meta.dirname;
  const extension = where.extension ?? root;
  const suite = await buildSuite(where.suite ?? (vsix ? join(here, "vsix") : here));
  const folder = await mkdtemp(join(tmpdir(), "ac-workbench-"));
  const at = folders(folder);
  const env = await environment(at, { grep, tests: suite.tests });
  const vscode = await findVscode();
  const profile = [`--user-data-dir=${at.userData}`, `--extensions-dir=${at.extensions}`];
  await makeProject(at.project, env);
  if (vsix) await installVsix(vscode, extension, at, env);
  say(
    `Running ${vsix ? "the packaged extension" : "the extension"} in ${vscode.desktop ? "the desktop VS Code" : "VS Code in a browser"}`,
  );
  const stopFollowing = follow(at.progress, (text) => process.stdout.write(text));
  try {
    await runTests({
      vscodeExecutablePath: join(here, "launcher.mjs"),
      // The packaged one is installed already.
      extensionDevelopmentPath: vsix ? join(here, "driver") : extension,
      extensionTestsPath: suite.runner,
      launchArgs: [
        at.project,
        ...profile,
        `--remote-debugging-port=${env.AGENT_CONTAINERS_CDP?.split(":").pop() ?? ""}`,
      ],
      extensionTestsEnv: { ...env, AGENT_CONTAINERS_DESKTOP: vscode.desktop },
    });
  } catch (error) {
    // The counts below say how many failed; without them this is the failure.
    console.error(error instanceof Error ? error.message : error);
  } finally {
    await stopFollowing();
    await rm(suite.outdir, { recursive: true });
  }
  const counts = /** @type {Counts | undefined} */ (await readJson(at.result));
  if (counts === undefined || counts.failed > 0) say(`Logs of this run: ${folder}`);
  else await rm(folder, { recursive: true, force: true });
  return counts ?? { passed: 0, failed: 1, skipped: 0 };
}

/** @param {string} folder */
function folders(folder) {
  return {
    home: join(folder, "home"),
    userData: join(folder, "user-data"),
    extensions: join(folder, "extensions"),
    project: join(folder, "project"),
    vsix: join(folder, "agent-containers.vsix"),
    progress: join(folder, "progress.txt"),
    result: join(folder, "result.json"),
  };
}

/**
 * @param {ReturnType<typeof folders>} at
 * @param {{ grep: string, tests: string[] }} what
 * @returns {Promise<Record<string, string>>} For VS Code, and so for the extension and its tests.
 */
async function environment(at, { grep, tests }) {
  await mkdir(join(at.home, ".ssh"), { recursive: true, mode: 0o700 });
  const xdg = Object.fromEntries(
    ["CONFIG", "DATA", "STATE", "CACHE"].map((name) => [
      `XDG_${name}_HOME`,
      join(at.home, `.${name.toLowerCase()}`),
    ]),
  );
  return {
    ...xdg,
    // The launcher finds the VS Code server where we do, in spite of the other home.
    AGENT_CONTAINERS_CACHE: cacheFolder(),
    HOME: at.home,
    USERPROFILE: at.home,
    // What the extension finds as its engine.
    DOCKER_HOST: fromEnvironment("AGENT_CONTAINERS_TEST_ENGINE") ?? "",
    AGENT_CONTAINERS_CDP: `http://127.0.0.1:${String(await freePort())}`,
    AGENT_CONTAINERS_TEST_FILES: tests.join("\n"),
    AGENT_CONTAINERS_TEST_GREP: grep,
    AGENT_CONTAINERS_PROGRESS: at.progress,
    AGENT_CONTAINERS_RESULT: at.result,
    AGENT_CONTAINERS_SCREENSHOTS:
      fromEnvironment("AGENT_CONTAINERS_SCREENSHOTS") ?? join(tmpdir(), "agent-containers-screenshots"),
  };
}

/**
 * The folder that VS Code opens: a small git repository.
 * @param {string} folder
 * @param {Record<string, string>} env
 */
async function makeProject(folder, env) {
  await cp(join(import.meta.dirname, "project"), folder, { recursive: true });
  const who = ["-c", "user.name=Test", "-c", "user.email=test@localhost"];
  const git = (/** @type {string[]} */ ...args) =>
    run("git", [...who, ...args], { cwd: folder, env: { ...process.env, ...env } });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message=First");
}

if (import.meta.filename === process.argv[1])
  throw new Error("Run this with npm test -- workbench [pattern]");
