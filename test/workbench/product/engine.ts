import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { required } from "../support/environment";

const run = promisify(execFile);

/** Runs Docker's own command line on the test engine. @returns what it wrote, by line. */
export async function docker(...args: string[]): Promise<string[]> {
  const { stdout } = await run("docker", ["-H", required("AGENT_CONTAINERS_TEST_ENGINE"), ...args]);
  return stdout.split("\n").filter(Boolean);
}

/** @returns the names of all containers on the engine that are agents, whoever made them. */
export async function agentContainers(): Promise<string[]> {
  return docker("ps", "-a", "--filter", "label=com.imbue.mngr.agent-id", "--format", "{{.Names}}");
}

/** Runs a command in an agent as any terminal would: OpenSSH, strict, with no question. */
export async function ssh(alias: string, ...command: string[]): Promise<string> {
  const config = join(homedir(), ".ssh", "agent-containers", "config");
  const { stdout } = await run("ssh", ["-F", config, "-o", "BatchMode=yes", alias, ...command], {
    timeout: 20_000,
  });
  return stdout;
}

/** What is below `~/.ssh`, files only, in order. */
export async function sshFiles(): Promise<string[]> {
  const entries = await readdir(join(homedir(), ".ssh"), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
