import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import { ensurePreparedImage } from "../../src/image/prepareImage.js";
import type { PreparedImage } from "../../src/image/preparedImage.js";
import type { ContainerBody } from "../../src/model/containerBody.js";
import type { Engine } from "../../src/ports/engine.js";
import { renderSshdEnvironment } from "../../src/ssh/sshdEnvironment.js";
import { nullLogger } from "../../src/util/log.js";
import { packAgentArchive } from "../../src/workspace/agentArchive.js";
import { renderAgentFiles } from "../../src/workspace/agentFiles.js";
import type { CopyOptions } from "../../src/workspace/copyWorkspace.js";
import { collector, eventually } from "./collect.js";
import { baseImage, testEndpoint, uniqueName } from "./testEngine.js";

export function connectTestEngine(): Engine {
  return createDockerEngine(testEndpoint(), { log: nullLogger });
}

/** The product's own prepared image of the base image. It stays: making it takes half a minute. */
export async function prepareBase(engine: Engine): Promise<PreparedImage> {
  const quiet = { onProgress: () => undefined, log: nullLogger };
  return ensurePreparedImage(engine, await engine.inspectImage(baseImage), {
    packages: [],
    user: "agent",
    ...quiet,
  });
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program of this machine to its end. */
export function run(program: string, args: string[], input?: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { maxBuffer: 2 ** 26, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error ? (typeof error.code === "number" ? error.code : -1) : 0, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}

/** A container of a prepared image with the agent's files in it, as the create flow makes it; not yet started. */
export interface TestAgent {
  id: string;
  agentId: string;
  volume: string;
  /** Starts it and waits for the banner of sshd. */
  start(): Promise<void>;
  /** Options of ssh, scp and sftp for the port that it has now. */
  options(): Promise<string[]>;
  ssh(command: string, ...more: string[]): Promise<Ran>;
  exec(...command: string[]): Promise<Ran>;
  /** What it wrote up to now. */
  logs(): Promise<string>;
  dispose(): Promise<void>;
}

export async function makeAgent(
  engine: Engine,
  image: PreparedImage,
  options: {
    body?: Partial<ContainerBody>;
    env?: Record<string, string>;
    folder?: { source: string; options: CopyOptions };
    /** False leaves the state volume empty. */
    files?: boolean;
  } = {},
): Promise<TestAgent> {
  const keys = await mkdtemp(join(tmpdir(), "ac-keys-"));
  for (const key of ["host", "client"]) {
    const made = await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(keys, key)]);
    if (made.code !== 0) throw new Error(made.stderr);
  }
  const text = (name: string) => readFile(join(keys, name), "utf8");
  const agentId = uniqueName("id");
  const volume = uniqueName();
  const { id } = await engine.createContainer(uniqueName(), {
    Image: image.reference,
    WorkingDir: "/app",
    StopSignal: "SIGTERM",
    Labels: { "agent-containers.test": "init" },
    ExposedPorts: { "22/tcp": {} },
    ...options.body,
    HostConfig: {
      Mounts: [{ Type: "volume", Source: volume, Target: "/mngr-state" }],
      PortBindings: { "22/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
      ...options.body?.HostConfig,
    },
  });
  const dispose = async () => {
    await engine.removeContainer(id);
    await engine.removeVolume(volume);
    await rm(keys, { recursive: true, force: true });
  };
  const archive = async (): Promise<Readable> =>
    packAgentArchive(
      renderAgentFiles({
        agentId,
        hostKey: { privateKey: await text("host"), publicKey: await text("host.pub") },
        authorizedKeys: [await text("client.pub")],
        sshdEnvironment: renderSshdEnvironment(options.env ?? {}).line,
        uid: image.uid,
        gid: image.gid,
      }),
      options.folder,
    );
  try {
    if (options.files !== false) await engine.putArchive(id, "/", await archive());
  } catch (error) {
    await dispose();
    throw error;
  }

  const sshOptions = async () => {
    const { ports } = await engine.inspectContainer(id);
    const port = ports.find(({ containerPort }) => containerPort === 22)?.hostPort;
    if (!port) throw new Error("no port is published");
    const known = join(keys, "known_hosts");
    await writeFile(known, `test-agent ${await text("host.pub")}`);
    const set = [
      `Port=${port}`,
      `IdentityFile=${join(keys, "client")}`,
      "IdentitiesOnly=yes",
      "HostName=127.0.0.1",
      "HostKeyAlias=test-agent",
      `UserKnownHostsFile=${known}`,
      "StrictHostKeyChecking=yes",
      "BatchMode=yes",
    ];
    return ["-F", "none", ...set.flatMap((one) => ["-o", one])];
  };
  const ssh = async (command: string, ...more: string[]) =>
    run("ssh", [...(await sshOptions()), ...more, `${image.user}@agent`, command]);

  return {
    id,
    agentId,
    volume,
    options: sshOptions,
    ssh,
    dispose,
    async start() {
      await engine.startContainer(id);
      await eventually("a login", async () => (await ssh("true")).code === 0);
    },
    async exec(...command) {
      const [stdout, stderr] = [collector(), collector()];
      const { exitCode } = await engine.exec(id, { command, stdout: stdout.stream, stderr: stderr.stream });
      return { code: exitCode, stdout: stdout.text(), stderr: stderr.text() };
    },
    async logs() {
      let all = "";
      for await (const { data } of engine.logs(id, {})) all += data.toString();
      return all;
    },
  };
}
