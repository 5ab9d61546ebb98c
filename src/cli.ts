#!/usr/bin/env node
import { main } from "./app/commandLine.js";

process.exitCode = await main({
  args: process.argv.slice(2),
  env: process.env,
  platform: process.platform,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt: (listener) => {
    process.on("SIGINT", listener);
    process.on("SIGTERM", listener);
  },
});
// A keep-alive connection to the engine must not hold the process.
process.exit();
