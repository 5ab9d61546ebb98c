import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderEndpoint } from "../../src/model/endpoint.js";
import { testEndpoint } from "./testEngine.js";

/** A user with a home of their own, and the Docker CLI in it. */
export interface RegistryUser {
  home: string;
  /** What a core of this user is given. */
  surroundings: { env: NodeJS.ProcessEnv; homeDir: string; platform: NodeJS.Platform };
  /** `docker …args` on the test engine; gives its output, trimmed. */
  docker(args: readonly string[], input?: string): Promise<string>;
  /** Writes the CLI's `config.json`; `raw` as it is. */
  configure(content: object | string): Promise<void>;
  /** Puts the credential helper `docker-credential-<name>` on this user's PATH: a shell script. */
  helper(name: string, script: string): Promise<void>;
  close(): Promise<void>;
}

export async function createRegistryUser(): Promise<RegistryUser> {
  const home = await mkdtemp(join(tmpdir(), "ac-registry-user-"));
  const bin = join(home, "bin");
  await mkdir(bin);
  await mkdir(join(home, ".docker"));
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: home };
  const host = renderEndpoint(testEndpoint());
  return {
    home,
    surroundings: { env, homeDir: home, platform: process.platform },
    docker: (args, input) =>
      new Promise((resolve, reject) => {
        const child = execFile(
          "docker",
          ["-H", host, ...args],
          { env, maxBuffer: 2 ** 24 },
          (error, stdout) => {
            if (error) reject(new Error(error.message));
            else resolve(stdout.trim());
          },
        );
        // What it leaves unread is told by its exit code.
        child.stdin?.on("error", () => undefined).end(input);
      }),
    configure: (content) =>
      writeFile(
        join(home, ".docker", "config.json"),
        typeof content === "string" ? content : JSON.stringify(content),
      ),
    async helper(name, script) {
      const path = join(bin, `docker-credential-${name}`);
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
    },
    close: () => rm(home, { recursive: true, force: true }),
  };
}
