// @ts-check
// Runs the suites; started by test.mjs where the tests' engine can be reached.
import { runWorkbench } from "../test/workbench/run.mjs";
import { elapsed, say } from "./setup/run.mjs";
import { runVitest } from "./vitest.mjs";

const VITEST = ["unit", "contract", "engine"];
const WORKBENCH = ["workbench", "vsix"];

/** @typedef {{ suite: string, passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {string[]} args Names of suites, and then what vitest or mocha selects by.
 * @returns {Promise<Counts[]>}
 */
async function runSuites(args) {
  const named = args.filter((arg) => [...VITEST, ...WORKBENCH].includes(arg));
  const patterns = args.filter((arg) => !named.includes(arg));
  const isChosen = (/** @type {string} */ suite) => named.length === 0 || named.includes(suite);

  const counts = [];
  const projects = VITEST.filter(isChosen);
  if (projects.length > 0) counts.push(...(await runVitest(projects, patterns)));
  for (const suite of WORKBENCH.filter(isChosen)) {
    const run = await runWorkbench({ vsix: suite === "vsix", grep: patterns.join(" ") });
    counts.push({ suite, ...run });
  }
  return counts;
}

/**
 * Prints what came of it. A suite that ran no test counts as a failure.
 * @param {Counts[]} counts
 * @returns {boolean} Whether all is well.
 */
function report(counts) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { suite, passed, failed, skipped } of counts) {
    const ranNone = passed + failed === 0;
    say(ranNone ? `${suite}: ran no test` : `${suite}: ${String(passed)} passed, ${String(failed)} failed`);
    total.passed += passed;
    total.failed += ranNone ? 1 : failed;
    total.skipped += skipped;
  }
  const { passed, failed, skipped } = total;
  console.log(
    `${String(passed)} passed, ${String(failed)} failed${skipped > 0 ? `, ${String(skipped)} skipped` : ""}`,
  );
  return failed === 0 && passed > 0;
}

const since = performance.now();
const counts = await runSuites(process.argv.slice(2));
say(`All suites ended after ${elapsed(since)}`);
process.exitCode = report(counts) ? 0 : 1;
