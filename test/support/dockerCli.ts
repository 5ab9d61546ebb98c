import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { StartArgsContext } from "../../src/model/startArgs/startArgsContext.js";
import { startArgsFiles } from "./startArgsCases.js";

/**
 * Why tests beside the Docker CLI cannot run, in brackets; empty when they can. Other majors know other flags, and
 * refuse other values.
 */
export const cliMissing = (() => {
  const { stdout, error } = spawnSync("docker", ["--version"], { encoding: "utf8" });
  if (error) return " (skipped: there is no docker CLI)";
  return stdout.includes("version 28.")
    ? ""
    : ` (skipped: it needs a docker CLI 28, this is ${stdout.trim()})`;
})();

/** What the Docker CLI did: `ok`, or what it wrote to stderr. */
export interface CliResult {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** A folder with the files of the cases, in which the CLI runs and from which start arguments are read. */
export interface CliRig {
  context: StartArgsContext;
  /** `docker -H host …args`, with the environment of `context` and nothing of ours. */
  docker(host: string, args: readonly string[]): Promise<CliResult>;
  /** Writes the CLI's `config.json`. */
  settings(content: object): Promise<void>;
  close(): Promise<void>;
}

export async function createCliRig(): Promise<CliRig> {
  const folder = await mkdtemp(join(tmpdir(), "ac-start-args-"));
  const cwd = join(folder, "work");
  await mkdir(cwd);
  for (const [name, content] of Object.entries(startArgsFiles)) await writeFile(join(cwd, name), content);
  const env = { PATH: process.env.PATH, HOME: folder, DOCKER_CONFIG: folder, SA_SET: "from here" };
  return {
    context: {
      cwd,
      env,
      readFile: (path) => readFileSync(path),
      platform: process.platform,
      arch: process.arch,
    },
    docker: (host, args) =>
      new Promise((resolve) => {
        execFile("docker", ["-H", host, ...args], { cwd, env, timeout: 30_000 }, (error, stdout, stderr) =>
          resolve({ ok: !error, stdout: stdout.trim(), stderr: stderr.trim() }),
        );
      }),
    settings: (content) => writeFile(join(folder, "config.json"), JSON.stringify(content)),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What a client asked a daemon to create. */
export interface Recorded {
  body: unknown;
  platform: string | undefined;
}

/** A daemon that says yes to every create and notes it: what the CLI makes of its flags, without an engine. */
export interface RecordingDaemon {
  host: string;
  /** The request since the last call; undefined when there was none. */
  take(): Recorded | undefined;
  close(): Promise<void>;
}

export async function createRecordingDaemon(): Promise<RecordingDaemon> {
  const folder = await mkdtemp(join(tmpdir(), "ac-recorder-"));
  const path = join(folder, "docker.sock");
  let recorded: Recorded | undefined;
  const server = createServer((request, response) => {
    void text(request).then((sent) => {
      const url = new URL(request.url ?? "", "http://daemon");
      response.setHeader("Api-Version", "1.50").setHeader("Ostype", "linux");
      if (!url.pathname.endsWith("/containers/create")) return response.end();
      recorded = { body: JSON.parse(sent), platform: url.searchParams.get("platform") ?? undefined };
      response.writeHead(201, { "Content-Type": "application/json" });
      return response.end('{"Id":"recorded","Warnings":[]}');
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    take() {
      const last = recorded;
      recorded = undefined;
      return last;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
