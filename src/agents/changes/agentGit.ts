import { Readable } from "node:stream";
import { AgentError } from "../../model/errors.js";
import type { ContainerFacts } from "../../ports/engine.js";
import {
  quietEnvironment,
  quietSettings,
  type GitAnswer,
  type GitCall,
  type GitSide,
} from "../../workspace/gitSide.js";
import type { AgentContext } from "../context.js";
import { requireLabels } from "../facts.js";
import { collectBytes } from "./collectBytes.js";

/** Runs a program in an agent as its user, in its workspace; `NOT_RUNNING` where it does not run. */
export async function runInAgent(
  context: AgentContext,
  facts: ContainerFacts,
  command: readonly string[],
  { env, input, output, signal }: GitCall & { cwd?: string } = {},
): Promise<GitAnswer> {
  const { user, workspaceFolder } = requireLabels(facts);
  const [stdout, stderr] = [collectBytes(), collectBytes()];
  const { exitCode } = await context.engine.exec(
    facts.id,
    {
      command,
      cwd: workspaceFolder,
      user,
      env: { ...quietEnvironment, ...env },
      stdin: input instanceof Readable || input === undefined ? input : Buffer.from(input),
      stdout: output ?? stdout.stream,
      stderr: stderr.stream,
    },
    signal,
  );
  return { code: exitCode, stdout: stdout.bytes(), stderr: stderr.text() };
}

/** The repository in an agent's workspace. */
export function agentSide(context: AgentContext, facts: ContainerFacts): GitSide {
  const root = requireLabels(facts).workspaceFolder;
  const run = (command: readonly string[], call?: GitCall) => runInAgent(context, facts, command, call);
  const must = async (command: readonly string[], input?: Buffer): Promise<string> => {
    const { code, stdout, stderr } = await run(command, { input });
    if (code === 0) return stdout.toString();
    throw new AgentError("EXEC_FAILED", `${command[0] ?? ""} did not work in ${facts.name} (code ${code}).`, {
      log: stderr.trim(),
      remedy: "See the log.",
    });
  };
  return {
    name: facts.name,
    root,
    run: (args, call) => run(["git", "-c", `safe.directory=${root}`, ...quietSettings, ...args], call),
    temporary: async () => (await must(["mktemp", "-d"])).trim(),
    async copyFile(from, to) {
      if ((await run(["test", "-e", from])).code !== 0) return false;
      await must(["cp", "-p", "--", from, to]);
      return true;
    },
    async remove(paths) {
      if (paths.length === 0) return;
      const names = Buffer.from(paths.map((path) => `${path}\0`).join(""));
      await must(["xargs", "-0", "rm", "-rf", "--"], names);
    },
  };
}
