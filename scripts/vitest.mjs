// @ts-check
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { readJson } from "./setup/json.mjs";
import { root } from "./setup/dependencies.mjs";
import { runVisibly } from "./setup/run.mjs";

/**
 * @typedef {object} FileReport
 * @property {string} name
 * @property {string} status
 * @property {{ status: string }[]} assertionResults
 */

/**
 * Runs vitest projects.
 * @param {string[]} projects
 * @param {string[]} patterns Parts of file names; all files when empty.
 * @returns {Promise<import("./suites.mjs").Counts[]>} For each project. A file that cannot be loaded, and a run that
 *   fails without a failing test, count as a failure.
 */
export async function runVitest(projects, patterns) {
  const folder = await mkdtemp(join(tmpdir(), "ac-vitest-"));
  const file = join(folder, "report.json");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const names = projects.map((project) => `--project=${project}`);
  const status = await runVisibly(process.execPath, [vitest, "run", ...names, ...reporters, ...patterns], {
    cwd: root,
  });
  const report = /** @type {{ testResults: FileReport[] } | undefined} */ (await readJson(file));
  await rm(folder, { recursive: true, force: true });

  const counts = projects.map((suite) => count(suite, report?.testResults ?? []));
  const failed = counts.some((project) => project.failed > 0);
  if (status !== 0 && !failed) counts.push({ suite: "vitest", passed: 0, failed: 1, skipped: 0 });
  return counts;
}

/** @param {string} suite @param {FileReport[]} files */
function count(suite, files) {
  const counts = { suite, passed: 0, failed: 0, skipped: 0 };
  for (const { name, status, assertionResults } of files) {
    if (relative(join(root, "test"), name).split(sep)[0] !== suite) continue;
    const broken = status === "failed" && !assertionResults.some((test) => test.status === "failed");
    if (broken) counts.failed++;
    for (const test of assertionResults) {
      if (test.status === "passed") counts.passed++;
      else if (test.status === "failed") counts.failed++;
      else counts.skipped++;
    }
  }
  return counts;
}
