import { describe, expect, it } from "vitest";
import { ensureImage } from "../../../src/image/ensureImage.js";
import { AgentError } from "../../../src/model/errors.js";
import type { ImageFacts } from "../../../src/ports/engine.js";

const facts: ImageFacts = {
  id: "sha256:1",
  tags: ["x:1"],
  labels: {},
  env: [],
  workingDir: "",
  user: "",
  entrypoint: [],
  cmd: [],
  architecture: "amd64",
  sizeBytes: 1,
};

/** An engine with or without the image, and what it was asked. */
function engineWith(present: boolean) {
  const asked: string[] = [];
  let there = present;
  return {
    asked,
    async inspectImage(reference: string) {
      asked.push(`inspect ${reference}`);
      if (!there) throw new AgentError("IMAGE_NOT_FOUND", "none");
      return facts;
    },
    async pullImage(reference: string, onProgress: (progress: { layer: string; status: string }) => void) {
      asked.push(`pull ${reference}`);
      onProgress({ layer: "l", status: "Downloading" });
      there = true;
    },
  };
}

describe("ensureImage", () => {
  it.each([
    [true, "missing", ["inspect x:1"]],
    [false, "missing", ["inspect x:1", "pull x:1", "inspect x:1"]],
    [true, "always", ["pull x:1", "inspect x:1"]],
    [true, "never", ["inspect x:1"]],
  ] as const)("present %s, pull %s: asks %j", async (present, pull, asked) => {
    const engine = engineWith(present);
    const progress: string[] = [];
    const given = await ensureImage(engine, "x:1", {
      pull,
      onProgress: ({ status }) => progress.push(status),
    });
    expect(given).toBe(facts);
    expect(engine.asked).toEqual(asked);
    expect(progress).toEqual(asked.some((one) => one.startsWith("pull")) ? ["Downloading"] : []);
  });

  it("does not pull where it may not, and says how to", async () => {
    const engine = engineWith(false);
    await expect(ensureImage(engine, "x:1", { pull: "never" })).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
      remedy: expect.stringContaining("docker pull x:1") as string,
    });
    expect(engine.asked).toEqual(["inspect x:1"]);
  });

  it("never pulls an id", async () => {
    const id = `sha256:${"a".repeat(64)}`;
    const missing = engineWith(false);
    await expect(ensureImage(missing, id)).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    expect(missing.asked).toEqual([`inspect ${id}`]);
    const present = engineWith(true);
    await ensureImage(present, id, { pull: "always" });
    expect(present.asked).toEqual([`inspect ${id}`]);
  });

  it("asks nothing for an invalid name", async () => {
    const engine = engineWith(true);
    await expect(ensureImage(engine, "No Image")).rejects.toMatchObject({
      code: "SPEC_INVALID",
      field: "image",
    });
    expect(engine.asked).toEqual([]);
  });

  it("passes other failures on", async () => {
    const engine = engineWith(true);
    const broken = {
      ...engine,
      inspectImage: async () => {
        throw new AgentError("ENGINE_UNREACHABLE", "away");
      },
    };
    await expect(ensureImage(broken, "x:1")).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(engine.asked).toEqual([]);
  });
});
