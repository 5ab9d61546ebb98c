// What VS Code calls in its extension host: runs the suite's files with mocha and writes down what came of it.
import { appendFile, rename, writeFile } from "node:fs/promises";
import Mocha from "mocha";
import { required } from "./environment";
import { Workbench } from "./workbench";

/** The result file. A crash before it is written counts as a failure. */
export interface SuiteResult {
  passed: number;
  failed: number;
  skipped: number;
}

/** Run by VS Code; settles when all tests have ended and the result file is there. */
export async function run(): Promise<void> {
  if (await startedBefore()) {
    // VS Code starts a new extension host where one has died, or where the window was reloaded.
    await progress("   ✗ The extension host ended in the middle of the tests.");
    await finish({ passed: 0, failed: 1, skipped: 0 });
    return;
  }
  const mocha = new Mocha({
    ui: "bdd",
    timeout: 120_000,
    slow: 10_000,
    // As the engine's suites do; each repetition is told.
    retries: 1,
    rootHooks: { afterEach: tidy },
  });
  for (const file of required("AGENT_CONTAINERS_TEST_FILES").split("\n")) mocha.addFile(file);
  const filter = process.env.AGENT_CONTAINERS_TEST_GREP;
  if (filter) mocha.grep(filter);
  await mocha.loadFilesAsync();
  const result = await runAll(mocha);
  await Workbench.disconnect();
  await finish(result);
}

/** Tells run.mjs and the launcher, at once and as a whole. */
async function finish(result: SuiteResult): Promise<void> {
  const file = required("AGENT_CONTAINERS_RESULT");
  await writeFile(`${file}.part`, JSON.stringify(result));
  await rename(`${file}.part`, file);
}

async function startedBefore(): Promise<boolean> {
  try {
    await writeFile(`${required("AGENT_CONTAINERS_RESULT")}.started`, "", { flag: "wx" });
    return false;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return true;
    throw error;
  }
}

async function progress(line: string): Promise<void> {
  await appendFile(required("AGENT_CONTAINERS_PROGRESS"), `${line}\n`);
}

async function runAll(mocha: Mocha): Promise<SuiteResult> {
  const { EVENT_SUITE_BEGIN, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_RETRY, EVENT_TEST_PENDING } =
    Mocha.Runner.constants;
  const result = { passed: 0, failed: 0, skipped: 0 };
  return await new Promise((resolve) => {
    const runner = mocha.run(() => void reported.then(() => resolve(result)));
    // One line after the other, in the order of the tests.
    let reported = Promise.resolve();
    const report = (line: string): void => {
      reported = reported.then(() => progress(line));
    };
    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (!suite.root) report(` ${suite.fullTitle()}`);
    });
    runner.on(EVENT_TEST_PASS, (test) => {
      result.passed++;
      report(`   ✓ ${test.title} (${test.duration ?? 0} ms)`);
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      result.skipped++;
      report(`   - ${test.title}`);
    });
    const told = (mark: string, test: Mocha.Test, error: Error) =>
      report(`   ${mark} ${test.title}\n${(error.stack ?? error.message).replace(/^/gm, "       ")}`);
    runner.on(EVENT_TEST_RETRY, (test: Mocha.Test, error: Error) => told("↻", test, error));
    runner.on(EVENT_TEST_FAIL, (test, error: Error) => {
      result.failed++;
      told("✗", test, error);
    });
  });
}

/** Leaves a picture of the workbench beside a failure, and no question of it in the way of what comes next. */
async function tidy(this: Mocha.Context): Promise<void> {
  const test = this.currentTest;
  // One that is about to be repeated has no state.
  if (test === undefined || test.state === "passed") return;
  const workbench = await Workbench.connect();
  const title = test.fullTitle().replace(/[^a-z0-9]+/gi, "-");
  await workbench.screenshot(`failed-${title.slice(0, 100)}`);
  for (const text of await workbench.dismissAll()) await progress(`     (it left this open: ${text})`);
}
