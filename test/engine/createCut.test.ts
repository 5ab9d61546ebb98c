import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labelKeys } from "../../src/model/labels.js";
import { eventually, rejection } from "../support/collect.js";
import { engineThings, startProduct, writeUserConfig, type Product } from "../support/product.js";
import { startSshEngine, type SshEngineRig } from "../support/sshEngine.js";
import { testSocketPath } from "../support/testEngine.js";

/** The connection to the engine's host breaks in the middle of a create. */
describe("a create over ssh that is cut off", () => {
  let far: SshEngineRig;
  let product: Product;

  beforeAll(async () => {
    far = await startSshEngine();
    product = await startProduct({ engine: `ssh://far${testSocketPath()}` });
    await writeUserConfig(product.home, await readFile(far.configFile, "utf8"));
    // What is made once for all agents is there.
    const first = await product.core.create({ name: product.name() });
    await product.core.destroy(first.id);
  });
  afterAll(async () => {
    far.proxy.goAway(false);
    await product.dispose();
    await far.stop();
  });

  const traces = async () => {
    const { containers, networks } = await engineThings(product.engine, product.prefix);
    return { containers, networks, files: Object.keys(await product.sshFiles()) };
  };

  it.each(["Looking for the image", "Creating the container", "Starting", "Waiting for the first login"])(
    'at "%s": one error or none, nothing is left, and the list recovers by itself',
    async (stage) => {
      const watching = product.core.watch();
      const link = () => product.core.picture.engines[0]?.link.kind;
      await eventually("it is live", () => link() === "live");
      const before = await traces();
      const name = product.name();
      let cuts = 0;
      const creating = product.core.create(
        { name },
        {
          onProgress: (now) => {
            if (now.stage !== stage || cuts > 0) return;
            cuts += 1;
            // The request of this stage is under way.
            setImmediate(() => far.proxy.cut());
          },
        },
      );
      const outcome = await creating.then(
        (agent) => ({ agent }),
        (error: unknown) => ({ error }),
      );
      expect(cuts).toBe(1);
      if ("error" in outcome) {
        expect(outcome.error).toMatchObject({ code: "ENGINE_UNREACHABLE" });
        expect(String(outcome.error)).not.toContain("Could not remove");
        const failed = product.core.picture.agents.filter(({ agent }) => agent.name === name);
        expect(failed.map(({ agent }) => agent.state)).toEqual(["failed"]);
        const id = failed[0]?.agent.id ?? "";
        expect(await product.engine.listVolumes(`${labelKeys.agentId}=${id}`)).toEqual([]);
        product.core.dismiss(id);
      } else {
        expect(outcome.agent.state).toBe("running");
        await product.core.destroy(outcome.agent.id);
      }
      expect(await traces()).toEqual(before);
      await eventually("the list is live again", () => link() === "live");
      // The same name is free, and the next create needs nothing.
      const next = await product.core.create({ name });
      await eventually("it is listed", () =>
        product.core.picture.agents.some(({ agent }) => agent.id === next.id && agent.state === "running"),
      );
      await product.core.destroy(next.id);
      watching.dispose();
    },
  );

  it("for longer than the undo waits: the error names what is left, the list shows it, and destroy removes it", async () => {
    const before = await traces();
    const name = product.name();
    let gone = false;
    const error = await rejection(
      product.core.create(
        { name },
        {
          onProgress: ({ stage }) => {
            if (stage !== "Waiting for the first login" || gone) return;
            gone = true;
            far.proxy.goAway(true);
          },
        },
      ),
    );
    expect(error).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(error.message).toContain("Could not remove");
    expect(error.message).toContain(`agent ${name}`);
    far.proxy.goAway(false);
    const left = (await product.core.list()).filter((agent) => agent.name === name);
    expect(left).toHaveLength(1);
    await product.core.destroy(left[0]?.id ?? "");
    expect(await traces()).toEqual(before);
  });
});
