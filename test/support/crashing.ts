import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { options } from "../../esbuild.mjs";
import type { CrashRun } from "./crashDriver.js";

/** What became of one run of the program. */
export interface Crashed {
  killed: boolean;
  /** The last thing that it asked of the engine. */
  last: string;
  /** What it gave, where it was not killed. */
  answer?: { value?: unknown; error?: { code?: string; message?: string; remedy?: string } };
}

/** Runs verbs in programs of their own, built as the product is, and kills them where it is told to. */
export interface Crasher {
  /** The endpoint that the programs use. One engine is one name: whoever looks after them has to use it too. */
  engine: string;
  /**
   * Runs a verb to its end, or until its `killAt`-th request that changes something has gone to the engine (or the one
   * whose path ends in `killAt`): then the program gets SIGKILL. `onRequest` sees each of these requests before it is sent on.
   */
  run(
    run: Omit<CrashRun, "engine">,
    how?: { killAt?: number | string; onRequest?: (request: string, count: number) => Promise<void> | void },
  ): Promise<Crashed>;
  dispose(): Promise<void>;
}

const head = /^(POST|PUT|DELETE) (\S+) HTTP\/1\.1\r\n/;

/** `enter`: what a program is started with, to run it in another namespace. */
export async function createCrasher(
  socketPath: string,
  enter: () => Promise<readonly string[]> = () => Promise.resolve([]),
): Promise<Crasher> {
  const folder = await mkdtemp(join(tmpdir(), "agent-containers-crash-"));
  await build({
    ...options,
    entryPoints: { driver: resolve("test/support/crashDriver.ts") },
    outdir: folder,
  });
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  let watched: { onBytes: (bytes: Buffer) => Promise<() => void> } | undefined;
  const path = join(folder, "docker.sock");
  const server = createServer((socket) => {
    const upstream = connect(socketPath);
    for (const one of [socket, upstream]) one.on("error", () => undefined);
    socket.on("close", () => upstream.destroy());
    upstream.on("close", () => socket.destroy());
    upstream.pipe(socket);
    const run = watched;
    if (!run) return void socket.pipe(upstream);
    let before = Promise.resolve();
    socket.on("data", (bytes: Buffer) => {
      before = before.then(async () => {
        const after = await run.onBytes(bytes);
        upstream.write(bytes, after);
      });
    });
  });
  await new Promise<void>((listening) => server.listen(path, listening));
  return {
    engine: `unix://${path}`,
    async run(run, { killAt, onRequest } = {}) {
      let count = 0;
      let last = "";
      let killed = false;
      watched = {
        async onBytes(bytes) {
          const [, method, url] = head.exec(bytes.toString("latin1", 0, 2000)) ?? [];
          if (!method || !url || killed) return () => undefined;
          const mine = (count += 1);
          const request = `${method} ${url.split("?")[0] ?? ""}`;
          last = request;
          await onRequest?.(request, mine);
          return () => {
            if (typeof killAt === "string" ? request.endsWith(killAt) : mine === killAt)
              killed = child.kill("SIGKILL");
          };
        },
      };
      const argument = JSON.stringify({ ...run, engine: `unix://${path}` } satisfies CrashRun);
      const [program = "", ...args] = [
        ...(await enter()),
        process.execPath,
        join(folder, "driver.js"),
        argument,
      ];
      const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
      let output = "";
      child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
      await new Promise((closed) => child.once("close", closed));
      watched = undefined;
      const answer = /^answer (.*)$/m.exec(output)?.[1];
      return {
        killed: answer === undefined,
        last,
        ...(answer !== undefined && { answer: JSON.parse(answer) as Crashed["answer"] }),
      };
    },
    async dispose() {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
