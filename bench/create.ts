import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { PortReservations } from "../src/agents/ports.js";
import { createCore } from "../src/app/createCore.js";
import { createDockerEngine } from "../src/engine/dockerEngine.js";
import { ensureImage } from "../src/image/ensureImage.js";
import { ensurePreparedImage } from "../src/image/prepareImage.js";
import { parseEndpoint } from "../src/model/endpoint.js";
import { generateKeyPair } from "../src/ssh/keyPair.js";
import { login } from "../src/ssh/login.js";
import { nullLogger } from "../src/util/log.js";
import { packAgentArchive } from "../src/workspace/agentArchive.js";
import { renderAgentFiles } from "../src/workspace/agentFiles.js";
import { rawEngine } from "./floor.js";
import { median, spread, timed } from "./statistics.js";

const rounds = 15;
const network = "agent-containers-bench";
const idOf = z.object({ Id: z.string() });

/**
 * Create to the first login, ours against the floor: create, start and inspect of an image with baked keys by bare
 * HTTP, plus one login (SPEC 14). Both on one network of the same kind, in turns, in one process.
 */
export async function run(): Promise<void> {
  const endpointText = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "unix:///var/run/docker.sock";
  const endpoint = parseEndpoint(endpointText);
  if (endpoint.kind !== "unix") throw new Error("The floor needs a unix socket.");
  const homeDir = await mkdtemp(join(tmpdir(), "agent-containers-bench-home-"));
  const core = createCore({
    engine: endpointText,
    env: {},
    homeDir,
    platform: process.platform,
    plainSsh: false,
    log: nullLogger,
    network: { name: network },
  });
  const engine = createDockerEngine(endpoint, { log: nullLogger });
  const raw = rawEngine(endpoint.path);
  const ports = new PortReservations();
  const image = "agent-containers-bench:baked";
  const clientKey = generateKeyPair("bench");
  const hostKey = generateKeyPair("bench");
  try {
    const prepared = await ensurePreparedImage(engine, await ensureImage(engine, "debian:bookworm-slim"), {
      packages: [],
      user: "agent",
      onProgress: () => undefined,
      log: nullLogger,
    });
    await bake();
    const floors: number[] = [];
    const ours: number[] = [];
    // The first round of each warms the caches of the engine and of this process.
    for (let round = 0; round <= rounds; round += 1) {
      const floor = await floorRound(round);
      const own = await ownRound(round);
      if (round > 0) {
        floors.push(floor);
        ours.push(own);
      }
    }
    console.log(`create to login, floor   ${spread(floors)} ms`);
    console.log(`create to login, ours    ${spread(ours)} ms`);
    console.log(`ratio of the medians     ${(median(ours) / median(floors)).toFixed(3)} (bar 1.25)`);

    async function bake(): Promise<void> {
      const { Id } = idOf.parse(await raw.call("POST", "/containers/create", { Image: prepared.reference }));
      const files = renderAgentFiles({
        agentId: "agent-bench",
        hostKey,
        authorizedKeys: [clientKey.publicKey],
        sshdEnvironment: "",
        uid: prepared.uid,
        gid: prepared.gid,
      });
      await engine.putArchive(Id, "/", packAgentArchive(files, undefined));
      await engine.commitContainer(Id, { reference: image, pause: false });
      await raw.call("DELETE", `/containers/${Id}?force=1`);
      if (!(await engine.findNetwork(network))) await engine.createNetwork({ name: network }, {});
    }

    async function floorRound(round: number): Promise<number> {
      const reserved = await ports.take(new Set(), true);
      const { port } = reserved;
      let id = "";
      const ms = await timed(async () => {
        const made = await raw.call("POST", `/containers/create?name=agent-containers-bench-floor-${round}`, {
          Image: image,
          ExposedPorts: { "22/tcp": {} },
          HostConfig: {
            NetworkMode: network,
            PortBindings: { "22/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
          },
        });
        id = idOf.parse(made).Id;
        await raw.call("POST", `/containers/${id}/start`);
        await raw.call("GET", `/containers/${id}/json`);
        await login({
          host: "127.0.0.1",
          port,
          user: "agent",
          privateKey: clientKey.privateKey,
          hostPublicKey: hostKey.publicKey,
        });
      });
      await raw.call("DELETE", `/containers/${id}?force=1&v=1`);
      reserved.release();
      return ms;
    }

    async function ownRound(round: number): Promise<number> {
      const name = `agent-containers-bench-own-${round}`;
      const ms = await timed(() => core.create({ name }));
      await core.destroy(name, { force: true });
      return ms;
    }
  } finally {
    await engine.removeImage(image);
    const left = await engine.findNetwork(network);
    if (left) await engine.removeNetwork(left.id);
    core.dispose();
    engine.dispose();
    raw.close();
    await rm(homeDir, { recursive: true, force: true });
  }
}
