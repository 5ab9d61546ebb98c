import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCore } from "../src/app/createCore.js";
import { parseEndpoint } from "../src/model/endpoint.js";
import { nullLogger } from "../src/util/log.js";
import { rawEngine } from "./floor.js";
import { measureCommits } from "./snapshot/commit.js";
import { measureForks } from "./snapshot/forks.js";
import { measureMemory } from "./snapshot/memory.js";
import { measureRestores } from "./snapshot/restore.js";
import { measureStillness } from "./snapshot/stillness.js";

const network = "agent-containers-bench-snapshot";
const parts = {
  commit: measureCommits,
  restore: measureRestores,
  forks: measureForks,
  stillness: measureStillness,
  memory: measureMemory,
};

/**
 * Snapshots, restores and forks against bare calls, the stand-still of an agent meanwhile, and the memory that a large
 * /mngr takes (SPEC 14). `PARTS="commit restore"` measures only these.
 */
export async function run(): Promise<void> {
  const engine = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "unix:///var/run/docker.sock";
  const endpoint = parseEndpoint(engine);
  if (endpoint.kind !== "unix") throw new Error("The floor needs a unix socket.");
  const chosen = process.env.PARTS?.split(" ") ?? Object.keys(parts);
  const homeDir = await mkdtemp(join(tmpdir(), "agent-containers-bench-home-"));
  const surroundings = { env: {}, homeDir, platform: process.platform, plainSsh: false, log: nullLogger };
  const core = createCore({ engine, ...surroundings, network: { name: network } });
  const raw = rawEngine(endpoint.path);
  try {
    for (const [name, measure] of Object.entries(parts)) {
      if (!chosen.includes(name)) continue;
      const agent = await core.create({ name: "agent-containers-bench-snapshot" });
      try {
        await measure({ core, raw, agent: await core.get(agent.id) });
      } finally {
        await core.destroy(agent.id, { force: true });
      }
    }
  } finally {
    core.dispose();
    raw.close();
    await rm(homeDir, { recursive: true, force: true });
  }
}
