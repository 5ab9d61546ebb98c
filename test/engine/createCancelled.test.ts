import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejection } from "../support/collect.js";
import { engineThings, startProduct, type Product } from "../support/product.js";

const stages = [
  "Checking",
  "Looking for the image",
  "Creating the container",
  "Copying the workspace",
  "Starting",
  "Waiting for the first login",
];

describe("a create that is cancelled", () => {
  let product: Product;
  let source: string;

  beforeAll(async () => {
    product = await startProduct();
    source = join(product.home, "project");
    await mkdir(source);
    await writeFile(join(source, "file"), "content");
    // Makes sure that what is cancelled below is the create, and not the preparation of the image.
    const warm = await product.core.create({ name: product.name() });
    await product.core.destroy(warm.id);
  });
  afterAll(() => product.dispose());

  it.each(stages)("while “%s” leaves nothing", async (stage) => {
    const stop = new AbortController();
    const seen: string[] = [];
    const error = await rejection(
      product.core.create(
        { name: product.name(), workspace: { mode: "copy", source } },
        {
          signal: stop.signal,
          onProgress: (progress) => {
            seen.push(progress.stage);
            if (progress.stage === stage) stop.abort();
          },
        },
      ),
    );
    expect(error).toMatchObject({ code: "CANCELLED" });
    expect(seen).toContain(stage);
    const things = await engineThings(product.engine, product.prefix);
    expect(things).toMatchObject({ containers: [], networks: [] });
    expect(await product.sshFiles()).toEqual({});
    expect(product.core.picture.agents).toEqual([]);
  });

  it("before it begins does nothing at all", async () => {
    const error = await rejection(product.core.create({}, { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: "CANCELLED" });
  });

  it("while its image is prepared leaves no builder", async () => {
    const stop = new AbortController();
    const creating = product.core.create(
      { name: product.name(), packages: ["file"] },
      {
        signal: stop.signal,
        onProgress: ({ stage, detail }) => stage === "Preparing the image" && detail && stop.abort(),
      },
    );
    expect(await rejection(creating)).toMatchObject({ code: "CANCELLED" });
    const builders = await product.engine.listContainers("agent-containers.role=prepare");
    const young = builders.filter(({ createdAt }) => createdAt.getTime() > Date.now() - 20_000);
    expect(young.filter(({ labels }) => JSON.stringify(labels).includes("file"))).toEqual([]);
    expect(await product.sshFiles()).toEqual({});
  });
});
