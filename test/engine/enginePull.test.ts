import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import type { Engine, PullProgress } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import { rejection } from "../support/collect.js";
import type { FakeRegistry } from "../support/fakeRegistry.js";
import { startFakeRegistry } from "../support/fakeRegistry.js";
import { testEndpoint } from "../support/testEngine.js";

/** Real pulls by a real engine, from a registry on this machine's loopback. */
describe("pullImage", () => {
  let registry: FakeRegistry;
  let engine: Engine;
  beforeAll(async () => {
    registry = await startFakeRegistry();
    engine = createDockerEngine(testEndpoint(), { log: nullLogger });
  });
  afterAll(async () => {
    engine.dispose();
    await registry.close();
  });
  const pull = (reference: string) => rejection(engine.pullImage(reference, () => undefined));

  it("pulls, telling of layers", async () => {
    const reference = `${registry.host}/good:1`;
    const progress: PullProgress[] = [];
    await engine.pullImage(reference, (one) => progress.push(one));
    try {
      expect((await engine.inspectImage(reference)).labels).toEqual({ from: "fake-registry" });
      expect(progress.map(({ status }) => status)).toContain("Pull complete");
      expect(progress.find(({ status }) => status === "Pull complete")?.layer).toMatch(/^[0-9a-f]{12}$/);
      expect(progress.some(({ currentBytes }) => (currentBytes ?? 0) > 0)).toBe(true);
    } finally {
      await engine.removeImage(reference);
    }
  });

  it("IMAGE_NOT_FOUND for a tag and for a repository that do not exist", async () => {
    expect(await pull(`${registry.host}/good:2`)).toMatchObject({ code: "IMAGE_NOT_FOUND" });
    expect(await pull(`${registry.host}/nothing`)).toMatchObject({ code: "IMAGE_NOT_FOUND" });
  });

  it("REGISTRY_AUTH, with what to do", async () => {
    const error = await pull(`${registry.host}/private:1`);
    expect(error).toMatchObject({ code: "REGISTRY_AUTH" });
    expect(error).toMatchObject({ remedy: expect.stringContaining("docker login") as string });
  });

  it("REGISTRY_UNREACHABLE where nobody listens, and where the name is not known", async () => {
    expect(await pull("127.0.0.1:1/x:1")).toMatchObject({ code: "REGISTRY_UNREACHABLE" });
    expect(await pull("registry.invalid/x:1")).toMatchObject({ code: "REGISTRY_UNREACHABLE" });
  });

  it("an error that comes inside the progress counts", async () => {
    const reference = `${registry.host}/broken:1`;
    const error = await pull(reference);
    expect(error).toMatchObject({ name: "AgentError" });
    expect(await rejection(engine.inspectImage(reference))).toMatchObject({ code: "IMAGE_NOT_FOUND" });
  });

  it("SPEC_INVALID for what is no reference", async () => {
    expect(await pull(`${registry.host}/UPPER:1`)).toMatchObject({ code: "SPEC_INVALID" });
  });
});
