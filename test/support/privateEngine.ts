import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { eventually } from "./collect.js";
import { baseImage, testSocketPath } from "./testEngine.js";

/** Only root on Linux, with Docker's daemon installed, can start one. */
export const canStartPrivateEngine =
  process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/sbin/dockerd");

/** An engine of the test's own, to crash, to freeze and to fill up. Its containers have no network. */
export interface PrivateEngine {
  socketPath: string;
  signal(signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): Promise<void>;
  /** Starts it (again), with an empty disk. */
  start(): Promise<void>;
  /** Copies the base image of the tests' engine into it. */
  loadBaseImage(): Promise<void>;
  close(): Promise<void>;
}

/**
 * `dockerd` in network, mount and process namespaces of its own: with `--bridge=none` in a shared network namespace it
 * would delete the bridge of the engine beside it, and all that it starts and mounts must die with it.
 */
export async function createPrivateEngine(diskMiB = 700): Promise<PrivateEngine> {
  const folder = await mkdtemp(join(tmpdir(), "ac-dockerd-"));
  const socketPath = join(folder, "docker.sock");
  const script = `
    mount -t tmpfs -o size=${diskMiB}m tmpfs "$1" && cd "$1" && mkdir data exec &&
    exec /usr/sbin/dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" \\
      --group root -H "unix://$2" --bridge=none --iptables=false --ip-forward=false --log-level=error`;
  let child: ReturnType<typeof spawn> | undefined;

  const engine: PrivateEngine = {
    socketPath,
    async start() {
      await rm(socketPath, { force: true });
      const disk = await mkdtemp(join(folder, "disk-"));
      const options = ["-n", "-m", "-p", "-f", "--mount-proc", "--kill-child=SIGKILL"];
      child = spawn("unshare", [...options, "sh", "-c", script, "sh", disk, socketPath], { stdio: "ignore" });
      await eventually("the private engine answers", () => answers(socketPath), 60_000);
    },
    async signal(signal) {
      if (child?.pid === undefined) throw new Error("the private engine was not started");
      // unshare only waits; its child is the daemon.
      const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
      const daemon = Number(children.trim().split(" ")[0]);
      if (!daemon) throw new Error("the private engine has ended");
      process.kill(daemon, signal);
      if (signal === "SIGSTOP")
        await eventually("the private engine stands still", () => standsStill(daemon));
    },
    async loadBaseImage() {
      const save = spawn("docker", ["-H", `unix://${testSocketPath()}`, "save", baseImage]);
      const load = spawn("docker", ["-H", `unix://${socketPath}`, "load"]);
      await pipeline(save.stdout, load.stdin);
      const code = load.exitCode ?? (await new Promise((resolve) => load.once("exit", resolve)));
      if (code !== 0) throw new Error(`docker load ended with ${String(code)}`);
    },
    async close() {
      const running = child;
      if (running?.exitCode === null && running.signalCode === null) {
        const ended = new Promise((resolve) => running.once("exit", resolve));
        running.kill("SIGKILL");
        await ended;
      }
      // The mounts were in its own namespace: here the folders are empty.
      await rm(folder, { recursive: true, force: true });
    },
  };
  return engine;
}

/** True when every thread has stopped: a signal takes a moment to reach them all. */
async function standsStill(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, "utf8")),
  );
  return states.every((stat) => / [Tt] /.test(stat.slice(stat.lastIndexOf(")"))));
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => socket.write("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"));
    socket.on("data", (bytes) => {
      resolve(bytes.toString().startsWith("HTTP/1.1 200"));
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
  });
}
