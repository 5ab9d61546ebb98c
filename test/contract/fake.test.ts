import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AgentError } from "../../src/model/errors.js";
import type { LogChunk } from "../../src/ports/engine.js";
import type { StartHandler } from "../fakes/fakeContainers.js";
import { createFakeEngine } from "../fakes/fakeEngine.js";
import type { ExecHandler } from "../fakes/fakeStreams.js";
import { engineContract } from "./engine.contract.js";
import { keepAlive } from "./rig.js";

/** The commands of the suite run here, in a process group of their own, instead of in a container. */
const runHere: ExecHandler = async ({ command, cwd, env, stdin, signal, stdout, stderr }) => {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, detached: true });
  const killGroup = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
  child.stdout.on("data", stdout);
  child.stderr.on("data", stderr);
  try {
    await once(child, "spawn");
  } catch (error) {
    throw new AgentError("EXEC_FAILED", "The command could not be started.", { cause: error });
  }
  signal.addEventListener("abort", killGroup);
  const input = stdin instanceof Readable ? stdin : Readable.from(stdin ? [Buffer.from(stdin)] : []);
  // A command that ends without reading it all is no error.
  pipeline(input, child.stdin).catch(() => undefined);
  const [code] = (await once(child, "close")) as [number | null];
  signal.removeEventListener("abort", killGroup);
  return code ?? 137;
};

const startHere: StartHandler = ({ Cmd = [] }) => {
  const [file = "", ...args] = Cmd;
  if (Cmd === keepAlive || Cmd.join() === keepAlive.join()) return {};
  const { stdout, stderr, status, error } = spawnSync(file, args);
  if (error) throw new AgentError("START_FAILED", error.message);
  const logs: LogChunk[] = [
    { stream: "stdout", data: stdout },
    { stream: "stderr", data: stderr },
  ];
  return { logs: logs.filter(({ data }) => data.length > 0), exitCode: status ?? 137 };
};

engineContract("The fake", () => createFakeEngine({ onExec: runHere, onStart: startHere }));
