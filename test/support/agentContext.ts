import { join } from "node:path";
import type { AgentContext } from "../../src/agents/context.js";
import { PortReservations } from "../../src/agents/ports.js";
import type { Engine } from "../../src/ports/engine.js";
import { createSecretVault } from "../../src/secrets/secretVault.js";
import { sshFilesOf } from "../../src/ssh/sshFiles.js";
import { createSshFolder } from "../../src/ssh/sshFolder.js";
import { createStateVolume } from "../../src/storage/stateVolume.js";
import { systemClock } from "../../src/util/clock.js";
import { KeyedQueue } from "../../src/util/keyedQueue.js";
import { nullLogger } from "../../src/util/log.js";

/** What the verbs work with, on a fake engine and a home of its own; the network is called `agents`. */
export function agentContext(engine: Engine, home: string, parts: Partial<AgentContext> = {}): AgentContext {
  const sshDir = join(home, ".ssh");
  return {
    engine,
    endpoint: { kind: "unix", path: "/fake" },
    capabilities: (signal) => engine.capabilities(signal),
    ssh: createSshFolder({ sshDir, log: nullLogger }),
    sshFiles: sshFilesOf(sshDir),
    vault: createSecretVault(join(home, ".config", "agent-containers", "secrets"), { env: {}, cwd: home }),
    ports: new PortReservations(),
    state: createStateVolume({ engine, clock: systemClock, log: nullLogger }),
    network: { name: "agents" },
    networkQueue: new KeyedQueue(),
    isTrusted: () => true,
    homeDir: home,
    startArgs: { cwd: "/", env: {}, readFile: () => Buffer.alloc(0), platform: "linux", arch: "x64" },
    clock: systemClock,
    log: nullLogger,
    ...parts,
  };
}
