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
import type { NetworkConfig } from "../../src/model/network.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
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
  options: { network?: NetworkConfig; engine?: string; moreEngines?: string[] } = {},
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
      env: {},
      homeDir: home,
      platform: process.platform,
      plainSsh: false,
      log: nullLogger,
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
        await engine.removeVolume(`agent-containers-${labels[labelKeys.agentId] ?? name}`);
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
  const [containers, networks, volumes, images] = await Promise.all([
    engine.listContainers(labelKeys.agentId),
    engine.listNetworks(),
    engine.listVolumes(labelKeys.agentId),
    engine.listImages(labelKeys.agentId),
  ]);
  const mine = containers.filter(({ name }) => name.startsWith(prefix));
  const ids = new Set(containers.map(({ labels }) => labels[labelKeys.agentId]));
  return {
    containers: mine.map(({ name }) => name).sort(),
    networks: networks.map(({ name }) => name).filter((name) => name.startsWith(prefix)),
    // Other tests run beside: a volume counts when its agent is ours or is gone.
    orphanVolumes: volumes
      .filter(({ labels }) => !ids.has(labels[labelKeys.agentId]))
      .map(({ name }) => name),
    images: images.flatMap(({ tags }) => tags),
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
