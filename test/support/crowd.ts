import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import { newAgentId } from "../../src/model/agentId.js";
import { renderLabels } from "../../src/model/labels.js";
import { parseSpec } from "../../src/model/spec.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import { createPrivateEngine } from "./privateEngine.js";
import { baseImage } from "./testEngine.js";

/** Many agents on an engine of their own, so that nobody else has to list them. */
export interface Crowd {
  socketPath: string;
  engine: Engine;
  /** Container ids, in the order of their names `crowd-0`, `crowd-1` … */
  ids: readonly string[];
  close(): Promise<void>;
}

/** Runs `work` for 0 … `count` - 1, ten at a time. */
export async function tenAtOnce<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  return results;
}

/** `count` containers with the labels of real agents, created and never started. */
export async function createCrowd(count: number): Promise<Crowd> {
  const daemon = await createPrivateEngine();
  await daemon.start();
  await daemon.loadBaseImage();
  const engine = createDockerEngine({ kind: "unix", path: daemon.socketPath }, { log: nullLogger });
  const ids = await tenAtOnce(count, async (index) => {
    const name = `crowd-${index}`;
    const spec = parseSpec({
      name,
      tags: { project: `p${index % 7}`, crowd: "yes" },
      command: ["sleep", "1"],
    });
    const labels = renderLabels(
      {
        agentId: newAgentId(),
        name,
        type: "command",
        tags: spec.tags,
        parentId: null,
        createdAt: new Date().toISOString(),
        projectId: "crowd",
        alias: `ac-${name}`,
        sshPort: 20_000 + index,
        hostKey: `ssh-ed25519 ${"A".repeat(68)}`,
        user: "agent",
        workspaceFolder: "/app",
      },
      spec,
    );
    const body = { Image: baseImage, Cmd: ["sleep", "infinity"], Labels: labels };
    const made = await engine.createContainer(name, {
      ...body,
      HostConfig: { NetworkMode: "none", Init: true },
    });
    return made.id;
  });
  return {
    socketPath: daemon.socketPath,
    engine,
    ids,
    async close() {
      engine.dispose();
      await daemon.close();
    },
  };
}
