import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { volumeName } from "../../src/agents/plan.js";
import type { Agent } from "../../src/model/agent.js";
import { run } from "../support/preparedAgent.js";
import { startProduct, type Product } from "../support/product.js";
import { baseImage, testSocketPath } from "../support/testEngine.js";

let product: Product;
let agent: Agent;

const docker = (...args: string[]) => run("docker", ["-H", `unix://${testSocketPath()}`, ...args]);
const inside = async (target: string, script: string) => {
  const { stdout, stderr, exitCode } = await product.core.exec(target, { command: ["sh", "-c", script] });
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  return stdout;
};

/** What is below an agent's folder on its volume, seen from a container that is no agent. */
async function onVolume(id: string): Promise<string> {
  const mount = `type=volume,source=${volumeName(id)},target=/v,readonly`;
  const found = await docker(
    "run",
    "--rm",
    "--network=none",
    "--mount",
    mount,
    baseImage,
    "sh",
    "-c",
    `cat /v/volumes/${id}/*`,
  );
  expect(found).toMatchObject({ code: 0, stderr: "" });
  return found.stdout;
}

beforeAll(async () => {
  product = await startProduct();
  agent = await product.core.create({ name: product.name() });
});
afterAll(async () => {
  // Its container is removed below, so that nothing else knows of it.
  await product.engine.removeVolume(volumeName(agent.id));
  await product.dispose();
});

describe("the folder /mngr (SPEC W1)", () => {
  it("is a link to a volume of that agent alone", async () => {
    expect(await inside(agent.id, "readlink /mngr; echo mine >/mngr/own; cat /mngr/own")).toBe(
      `/mngr-state/volumes/${agent.id}\nmine\n`,
    );
    const other = await product.core.create({ name: product.name() });
    expect(await inside(other.id, "readlink /mngr; ls -A /mngr; ls /mngr-state/volumes")).toBe(
      `/mngr-state/volumes/${other.id}\n${other.id}\n`,
    );
    const mine = await product.engine.inspectContainer(agent.name);
    const theirs = await product.engine.inspectContainer(other.name);
    const names = (facts: typeof mine) => facts.mounts.map(({ name }) => name);
    expect(names(mine)).toEqual([volumeName(agent.id)]);
    expect(names(theirs)).toEqual([volumeName(other.id)]);
  });

  it("survives stop and start, and is readable in between", async () => {
    await product.core.stop(agent.id);
    expect(await onVolume(agent.id)).toBe("mine\n");
    await product.core.start(agent.id);
    expect(await inside(agent.id, "cat /mngr/own; echo more >>/mngr/own")).toBe("mine\n");
  });

  it("survives the removal of the container by hand, for another one of another image", async () => {
    const { id } = await product.engine.inspectContainer(agent.name);
    expect(await docker("rm", "--force", "--volumes", id)).toMatchObject({ code: 0 });
    expect(await onVolume(agent.id)).toBe("mine\nmore\n");
    const listed = await product.core.list();
    expect(listed.some((found) => found.id === agent.id)).toBe(false);
  });
});
