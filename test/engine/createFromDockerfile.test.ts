import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCore } from "../../src/app/createCore.js";
import { labelKeys } from "../../src/model/labels.js";
import { builtFromLabel } from "../../src/image/builtImage.js";
import { renderEndpoint } from "../../src/model/endpoint.js";
import { nullLogger } from "../../src/util/log.js";
import { eventually, rejection } from "../support/collect.js";
import { engineThings, startProduct, type Product } from "../support/product.js";
import { baseImage, testEndpoint } from "../support/testEngine.js";

describe("an agent from a Dockerfile", () => {
  let product: Product;
  let folder: string;
  let dockerfile: string;

  beforeAll(async () => {
    product = await startProduct();
    folder = join(product.home, "project");
    dockerfile = join(folder, "Dockerfile");
    await mkdir(folder);
    await writeFile(join(folder, "tool.sh"), "#!/bin/sh\necho the tool\n", { mode: 0o755 });
    await writeFile(
      dockerfile,
      `FROM ${baseImage}\nARG WORD\nENV SAID=$WORD SALT=${product.prefix}\nCOPY tool.sh /usr/local/bin/tool\nRUN tool\n`,
    );
  });
  afterAll(async () => {
    const { engine, home } = product;
    for (const agent of await product.core.list()) {
      if (agent.name.startsWith(product.prefix)) await product.core.destroy(agent.id);
    }
    const mine = (await engine.listImages(builtFromLabel)).filter(({ labels }) =>
      labels[builtFromLabel]?.startsWith(home),
    );
    // What was prepared goes before what it was prepared from.
    const prepared = mine.filter(({ labels }) => labels["agent-containers.role"] === "prepared");
    for (const { tags, id } of [...prepared, ...mine.filter((image) => !prepared.includes(image))]) {
      for (const tag of tags) await engine.removeImage(tag);
      if (tags.length === 0) await engine.removeImage(id);
    }
    await product.dispose();
  });

  it("takes a login, has what was built, and says where it comes from", async () => {
    const seen: string[] = [];
    const output: string[] = [];
    const core = createCore({
      engine: renderEndpoint(testEndpoint()),
      env: { WORD: "from the environment" },
      homeDir: product.home,
      platform: process.platform,
      plainSsh: false,
      log: nullLogger,
      network: { name: product.prefix },
      onBuildOutput: (name, line) => output.push(`${name}: ${line}`),
    });
    const name = product.name();
    try {
      const agent = await core.create(
        { name, dockerfile: { path: dockerfile, args: ["--build-arg", "WORD"] } },
        { onProgress: ({ stage, detail }) => seen.push(`${stage}: ${detail ?? ""}`) },
      );
      expect(agent).toMatchObject({ state: "running", image: dockerfile });
      const { stdout } = await product.ssh(agent.ssh?.alias ?? "", "tool; echo $SAID");
      expect(stdout).toBe("the tool\nfrom the environment\n");
      expect(seen.join("\n")).toMatch(/Building the image: #\d+ \[.*\] RUN tool/);
      expect(output.join("\n")).toContain(`${name}: #`);
      const [facts] = (await product.engine.listContainers(labelKeys.agentId)).filter(
        (container) => container.name === name,
      );
      // The arguments of a build may hold a token.
      expect(facts?.labels["agent-containers.spec"]).not.toContain("WORD");
    } finally {
      core.dispose();
    }
  });

  it("is there at once the second time, and its image is in use", async () => {
    const lines: string[] = [];
    const agent = await product.core.create(
      { name: product.name(), dockerfile: { path: dockerfile, args: ["--build-arg=WORD=x"] } },
      { onProgress: ({ detail }) => detail && lines.push(detail) },
    );
    const again = await product.core.create(
      { name: product.name(), dockerfile: { path: dockerfile, args: ["--build-arg=WORD=x"] } },
      { onProgress: ({ detail }) => detail && lines.push(detail) },
    );
    expect(lines.filter((line) => line.endsWith("CACHED")).length).toBeGreaterThan(1);
    const { found } = await product.core.prune();
    expect(found.filter(({ why }) => why.includes(product.home))).toEqual([]);
    await product.core.destroy(agent.id);
    await product.core.destroy(again.id);
  });

  it("that fails leaves nothing but its whole log", async () => {
    const failing = join(folder, "failing.Dockerfile");
    const noise = "RUN for i in $(seq 200); do echo line $i; done";
    await writeFile(failing, `FROM ${baseImage}\nENV SALT=${product.prefix}\n${noise}\nRUN exit 3\n`);
    const name = product.name();
    const watching = product.core.watch();
    const error = await rejection(product.core.create({ name, dockerfile: failing }));
    expect(error).toMatchObject({ code: "BUILD_FAILED" });
    expect(error.message).toMatch(/RUN exit 3: exit code 3\.$/);
    expect(JSON.stringify(error)).not.toContain("line 1\\n");
    const row = await eventually("the failure is listed", () =>
      product.core.picture.agents.find(({ agent, failure }) => failure && agent.name === name),
    );
    expect(row.failure?.error.log).toMatch(/line 1$[^]*line 200$/m);
    watching.dispose();
    const things = await engineThings(product.engine, name);
    expect(things).toMatchObject({ containers: [] });
  });

  it("is refused where image and dockerfile are both given", async () => {
    await expect(
      product.core.create({ name: product.name(), image: baseImage, dockerfile }),
    ).rejects.toMatchObject({ code: "SPEC_INVALID", field: "dockerfile" });
  });
});
