import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import type { Core } from "../../src/app/core.js";
import { createCore } from "../../src/app/createCore.js";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import { renderEndpoint } from "../../src/model/endpoint.js";
import { labelKeys } from "../../src/model/labels.js";
import { parseSnapshotRecord, snapshotLabel } from "../../src/model/snapshot.js";
import type { NetworkConfig } from "../../src/model/network.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger, type Logger } from "../../src/util/log.js";
import { testEndpoint, uniqueName } from "./testEngine.js";

const run = promisify(execFile);

/** The product as one user has it: a home of its own, the test engine, and names that nobody else has. */
export interface Product {
  core: Core;
  engine: Engine;
  home: string;
  /** Begins every name that `name` gives; what is found under it at the end is removed. */
  prefix: string;
  name(): string;
  /** Another program of the same user: another window, the command line. */
  another(): Core;
  /** Runs the user's own OpenSSH, as from a terminal. */
  ssh(...args: string[]): Promise<{ stdout: string; stderr: string }>;
  /** All files below `~/.ssh`, with modes and contents. */
  sshFiles(): Promise<Record<string, string>>;
  /** Removes every agent of this product, and the home. */
  dispose(): Promise<void>;
}

/** Made fresh, so that tests do not meet. `network`: a bridge of the test's own, without a fixed subnet. */
export async function startProduct(
  options: {
    network?: NetworkConfig;
    engine?: string;
    moreEngines?: string[];
    env?: Readonly<Record<string, string | undefined>>;
    /** The ids of the user of this machine; none by default. */
    user?: { uid: number; gid: number };
    log?: Logger;
  } = {},
): Promise<Product> {
  const prefix = uniqueName("act");
  const home = await mkdtemp(join(tmpdir(), "agent-containers-home-"));
  const endpoint = renderEndpoint(testEndpoint());
  const network = options.network ?? { name: prefix };
  const cores: Core[] = [];
  const another = () => {
    const core = createCore({
      engine: options.engine ?? endpoint,
      moreEngines: options.moreEngines,
      env: options.env ?? {},
      homeDir: home,
      user: options.user,
      platform: process.platform,
      plainSsh: false,
      log: options.log ?? nullLogger,
      network,
    });
    cores.push(core);
    return core;
  };
  const engine = createDockerEngine(testEndpoint(), { log: nullLogger });
  let count = 0;
  return {
    core: another(),
    engine,
    home,
    prefix,
    name: () => `${prefix}-${(count += 1)}`,
    another,
    ssh: (...args) => run("ssh", ["-F", join(home, ".ssh", "config"), ...args], { timeout: 30_000 }),
    sshFiles: () => filesBelow(join(home, ".ssh")),
    async dispose() {
      for (const core of cores) core.dispose();
      const agents = await engine.listContainers(labelKeys.agentId);
      for (const { id, name, labels } of agents.filter(({ name }) => name.startsWith(prefix))) {
        await engine.removeContainer(id);
        const mark = `${labelKeys.agentId}=${labels[labelKeys.agentId] ?? name}`;
        for (const volume of await engine.listVolumes(mark)) await engine.removeVolume(volume.name);
      }
      for (const { id, labels } of await engine.listImages(snapshotLabel)) {
        const record = parseSnapshotRecord(labels[snapshotLabel]);
        if (!record?.agentName.startsWith(prefix)) continue;
        await engine.removeImage(id);
        if (record.volume !== null) await engine.removeVolume(record.volume);
      }
      const left = await engine.findNetwork(network.name);
      if (left && network.name === prefix) await engine.removeNetwork(left.id);
      engine.dispose();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Everything of the engine that a create makes, by id or name, for comparing before and after. */
export async function engineThings(engine: Engine, prefix: string) {
  const [containers, networks, images] = await Promise.all([
    engine.listContainers(labelKeys.agentId),
    engine.listNetworks(),
    engine.listImages(labelKeys.agentId),
  ]);
  const isMine = (name: string | undefined) => name?.startsWith(prefix) === true;
  return {
    containers: containers.flatMap(({ name }) => (isMine(name) ? [name] : [])).sort(),
    networks: networks.flatMap(({ name }) => (isMine(name) ? [name] : [])),
    // Snapshots carry the labels of the agent that they show.
    images: images
      .filter(({ labels }) => isMine(labels[labelKeys.agentName]))
      .flatMap(({ tags }) => tags)
      .sort(),
  };
}

async function filesBelow(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const { mode } = await stat(path);
    const content = entry.isFile() ? await readFile(path, "latin1") : "";
    found[relative(folder, path)] = `${(mode & 0o777).toString(8)} ${content}`;
  }
  return found;
}

/** Writes `~/.ssh/config` of a product's user, before us. */
export async function writeUserConfig(home: string, text: string): Promise<void> {
  await mkdir(join(home, ".ssh"), { mode: 0o700, recursive: true });
  await writeFile(join(home, ".ssh", "config"), text, { mode: 0o600 });
}
