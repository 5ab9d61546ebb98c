import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
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
  /** Starts it (again), with an empty disk unless it keeps its disk. */
  start(): Promise<void>;
  /** Ends it in good order, as a service manager does, and starts it again on the same disk, after `between`. */
  restart(between?: () => Promise<unknown>): Promise<void>;
  /** What a program is started with to reach the ports that its containers publish. */
  enterNetwork(): Promise<string[]>;
  /** Copies the base image of the tests' engine into it. */
  loadBaseImage(): Promise<void>;
  /** Copies an image of the tests' engine into it. */
  loadImage(reference: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * `dockerd` in network, mount and process namespaces of its own: with `--bridge=none` in a shared network namespace it
 * would delete the bridge of the engine beside it, and all that it starts and mounts must die with it.
 */
export async function createPrivateEngine(
  diskMiB = 700,
  { keepDisk = false }: { keepDisk?: boolean } = {},
): Promise<PrivateEngine> {
  const folder = await mkdtemp(join(tmpdir(), "ac-dockerd-"));
  const socketPath = join(folder, "docker.sock");
  const script = `
    mount -t tmpfs -o size=${diskMiB}m tmpfs "$1" && cd "$1" && mkdir data exec || exit
    while :; do
      /usr/sbin/dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" \\
        --group root -H "unix://$2" --bridge=none --iptables=false --ip-forward=false --log-level=error
      [ -e "$3" ] || exit
      while [ -e "$3" ]; do sleep 0.02; done
    done`;
  const again = join(folder, "again");
  // On this machine's disk, where it finds everything again; networks of its containers need a loopback.
  const keepingScript = `
    ip link set lo up && mkdir -p "$1/data" && exec=$(mktemp -d "$1/exec-XXXXXX") &&
    exec /usr/sbin/dockerd --data-root "$1/data" --exec-root "$exec" --pidfile "$exec/pid" \\
      --group root -H "unix://$2" --bridge=none --iptables=false --log-level=error`;
  let child: ReturnType<typeof spawn> | undefined;
  const firstChild = async (pid: number | undefined): Promise<number | undefined> => {
    const children = await readFile(`/proc/${pid ?? 0}/task/${pid ?? 0}/children`, "utf8").catch(() => "");
    return Number(children.trim().split(" ")[0]) || undefined;
  };
  /** unshare only waits for the shell, and the shell, where it can start it again, for the daemon. */
  const daemon = async () => {
    const below = await firstChild(child?.pid);
    return keepDisk ? below : firstChild(below);
  };

  const engine: PrivateEngine = {
    socketPath,
    async start() {
      await rm(socketPath, { force: true });
      await thawAll(join(folder, "data", "containers"));
      const disk = keepDisk ? folder : await mkdtemp(join(folder, "disk-"));
      const options = ["-n", "-m", "-p", "-f", "--mount-proc", "--kill-child=SIGKILL"];
      const parameters = [disk, socketPath, again];
      child = spawn(
        "unshare",
        [...options, "sh", "-c", keepDisk ? keepingScript : script, "sh", ...parameters],
        { stdio: "ignore" },
      );
      await eventually("the private engine answers", () => answers(socketPath), 60_000);
    },
    async restart(between) {
      const pid = await daemon();
      if (pid === undefined) throw new Error("the private engine does not run");
      await writeFile(again, "");
      process.kill(pid, "SIGTERM");
      await eventually("the private engine has ended", async () => (await daemon()) !== pid, 30_000);
      await between?.();
      await rm(again);
      await eventually("the private engine answers", () => answers(socketPath), 60_000);
    },
    async signal(signal) {
      const pid = await daemon();
      if (pid === undefined) throw new Error("the private engine does not run");
      process.kill(pid, signal);
      if (signal === "SIGSTOP") await eventually("the private engine stands still", () => standsStill(pid));
    },
    enterNetwork: async () => ["nsenter", `--net=/proc/${(await daemon()) ?? 0}/ns/net`],
    loadBaseImage: () => engine.loadImage(baseImage),
    async loadImage(reference) {
      const save = spawn("docker", ["-H", `unix://${testSocketPath()}`, "save", reference]);
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
        await thawAll(join(folder, "data", "containers"));
        await ended;
      }
      // The mounts were in its own namespace: here the folders are empty.
      await rm(folder, { recursive: true, force: true });
    },
  };
  return engine;
}

/**
 * What stood still in a container when its engine died would stay so, and not even die: as it would not where a machine
 * loses power. `containers`: the engine's folder of that name.
 */
async function thawAll(containers: string): Promise<void> {
  const root = "/sys/fs/cgroup";
  for (const id of await readdir(containers).catch(() => [])) {
    const states = [
      [join(root, "freezer", "docker", id, "freezer.state"), "THAWED"],
      [join(root, "docker", id, "cgroup.freeze"), "0"],
    ] as const;
    for (const [path, thawed] of states) if (existsSync(path)) await writeFile(path, thawed);
  }
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
