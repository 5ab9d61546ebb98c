import { mkdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PreparedImage } from "../../src/image/preparedImage.js";
import type { AgentError } from "../../src/model/errors.js";
import { rejection } from "../support/collect.js";
import { layerOf, loadImage, relabelImage } from "../support/platformImage.js";
import { connectTestEngine, prepareBase } from "../support/preparedAgent.js";
import { startProduct, type Product } from "../support/product.js";
import { registryMissing, startRegistry } from "../support/registry.js";
import { createRegistryUser } from "../support/registryUser.js";
import { baseImage, uniqueName } from "../support/testEngine.js";

const arm = ["--platform", "linux/arm64"];

/**
 * The engine's machine is an amd64 one and emulates nothing: images for arm64 are made of its own programs, under
 * another architecture's name, or of programs that no machine runs.
 */
describe("an agent for a platform", () => {
  const engine = connectTestEngine();
  const images: string[] = [];
  let prepared: PreparedImage;
  let product: Product;

  beforeAll(async () => {
    product = await startProduct();
    prepared = await prepareBase(engine);
  });
  afterAll(async () => {
    await product.dispose();
    for (const reference of images) {
      const { id } = await engine.inspectImage(reference);
      const made = await engine.listImages(`agent-containers.prepared.base=${id}`);
      for (const image of made) await engine.removeImage(image.tags[0] ?? image.id);
      await engine.removeImage(reference);
    }
    engine.dispose();
  });

  const imageOf = async (agent: { containerId: string }) => {
    const { image } = await engine.inspectContainer(agent.containerId);
    return engine.inspectImage(image);
  };
  /** All containers that a failed create could have left of this product. */
  const left = async () =>
    (await engine.listContainers("agent-containers.role")).filter(({ name }) =>
      name.startsWith(product.prefix),
    );

  it("that is the engine's own is any agent", async () => {
    const agent = await product.core.create({ name: product.name(), startArgs: ["--platform=linux/amd64"] });
    expect((await imageOf(agent)).id).toBe(prepared.id);
  });

  it("that is another one is made of that image, prepared for it", async () => {
    const reference = `${uniqueName("ac-platform")}:1`;
    images.push(reference);
    await relabelImage(prepared.reference, reference, "arm64");
    const agent = await product.core.create({ name: product.name(), image: reference, startArgs: arm });
    expect((await product.ssh(agent.ssh?.alias ?? "", "id -un")).stdout).toBe("agent\n");
    const image = await imageOf(agent);
    expect(image.architecture).toBe("arm64");
    // The image as it comes, without the question for a platform, is prepared under another name.
    const plain = await product.core.create({ name: product.name(), image: reference });
    expect((await imageOf(plain)).tags).not.toEqual(image.tags);
  });

  it("says so where the engine cannot run it, and leaves nothing", async () => {
    const header = Buffer.alloc(64);
    header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    // An executable, for a machine that nobody has built.
    header.writeUInt16LE(2, 16);
    header.writeUInt16LE(0xfffe, 18);
    const passwd = "root:x:0:0:root:/root:/bin/sh\n";
    const reference = `${uniqueName("ac-platform")}:1`;
    images.push(reference);
    await loadImage(reference, await layerOf({ "bin/sh": header, "etc/passwd": passwd }), "arm64");
    const before = await left();
    for (const startArgs of [arm, []]) {
      const error = (await rejection(
        product.core.create({ name: product.name(), image: reference, startArgs }),
      )) as AgentError;
      expect(error).toMatchObject({ code: "PREPARE_FAILED" });
      expect(error.message).toContain("cannot run programs for linux/arm64");
      expect(error.remedy).toMatch(/QEMU.*binfmt.*--install arm64/);
    }
    expect(await left()).toEqual(before);
  });

  it("refuses what is not Linux, and an image that is there for another platform, before anything is made", async () => {
    const name = product.name();
    expect(
      await rejection(product.core.create({ name, startArgs: ["--platform", "windows/amd64"] })),
    ).toMatchObject({ code: "START_ARG_INVALID", field: "startArgs" });
    const error = await rejection(
      product.core.create({ name, image: baseImage, pull: "never", startArgs: arm }),
    );
    expect(error).toMatchObject({ code: "IMAGE_NOT_FOUND", field: "image" });
    expect(error.message).toContain("is for linux/amd64, not for linux/arm64");
  });

  it.skipIf(registryMissing)(`comes from a registry with the user's login${registryMissing}`, async () => {
    const [registry, user] = await Promise.all([startRegistry({ auth: true }), createRegistryUser()]);
    const reference = `${registry.host}/${uniqueName("ac-platform")}:1`;
    const { password, user: name } = registry.login;
    await mkdir(`${user.home}/.docker`, { recursive: true });
    const theirs = await startProduct({
      env: { ...user.surroundings.env, DOCKER_CONFIG: `${user.home}/.docker` },
    });
    try {
      await relabelImage(prepared.reference, reference, "arm64");
      await user.docker(["login", "--username", name, "--password-stdin", registry.host], password);
      await user.docker(["push", reference]);
      await user.docker(["rmi", reference]);
      images.push(reference);
      const stages = new Set<string>();
      const agent = await theirs.core.create(
        { name: theirs.name(), image: reference, startArgs: arm },
        { onProgress: ({ stage }) => void stages.add(stage) },
      );
      expect([...stages]).toContain("Pulling the image");
      expect((await theirs.ssh(agent.ssh?.alias ?? "", "id -un")).stdout).toBe("agent\n");
      expect((await imageOf(agent)).architecture).toBe("arm64");
      await registry.close();
      // What is there, prepared too, needs no registry.
      await theirs.core.create({ name: theirs.name(), image: reference, startArgs: arm });
    } finally {
      await theirs.dispose();
      await Promise.all([registry.close(), user.close()]);
    }
  });
});
