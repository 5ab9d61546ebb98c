// @ts-check
// Imports the test module and runs it, once the workbench has started. A module that cannot be run is a failure.
import { appendFile, rename, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

export function activate() {
  // Not awaited: VS Code would wait for it before it calls the start finished.
  void runTests();
}

async function runTests() {
  try {
    /** @type {unknown} */
    const tests = await import(pathToFileURL(given("AGENT_CONTAINERS_TEST_MODULE")).href);
    await /** @type {{ run: () => Promise<void> }} */ (tests).run();
  } catch (error) {
    const text = error instanceof Error ? error.stack : String(error);
    await appendFile(given("AGENT_CONTAINERS_PROGRESS"), `   ✗ The tests cannot be run: ${String(text)}\n`);
    const result = given("AGENT_CONTAINERS_RESULT");
    await writeFile(`${result}.part`, JSON.stringify({ passed: 0, failed: 1, skipped: 0 }));
    await rename(`${result}.part`, result);
  }
}

/** @param {string} name */
function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
