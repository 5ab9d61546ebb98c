import { describe, expect, it } from "vitest";
import { preparedChanges, preparedReference, readPreparedImage } from "../../../src/image/preparedImage.js";
import type { ImageFacts } from "../../../src/ports/engine.js";

const key = { baseId: "sha256:1", packages: ["a", "b"], user: "agent" };
const facts: ImageFacts = {
  id: "sha256:2",
  tags: [],
  labels: {},
  env: ["PATH=/bin"],
  workingDir: "/srv",
  user: "root",
  entrypoint: [],
  cmd: [],
  architecture: "amd64",
  sizeBytes: 1,
};

/** The labels as the engine would set them: Dockerfile quoting undone. */
function labelsOf(changes: string[]): Record<string, string> {
  const line = changes.find((change) => change.startsWith("LABEL ")) ?? "";
  return Object.fromEntries(
    [...line.matchAll(/([\w.-]+)="((?:\\.|[^"\\])*)"/g)].map(([, name, value]) => [
      name ?? "",
      (value ?? "").replace(/\\(.)/g, "$1"),
    ]),
  );
}

describe("prepared images", () => {
  it("are the same for the same packages in any order", () => {
    const { reference } = preparedReference(key);
    expect(reference).toMatch(/^agent-containers-prepared:[0-9a-f]{32}$/);
    expect(preparedReference({ ...key, packages: ["b", "a", "b"] }).reference).toBe(reference);
  });

  it.each([{ baseId: "sha256:9" }, { packages: ["a"] }, { packages: ["a,b"] }, { user: "root" }])(
    "differ with %j",
    (change) => {
      expect(preparedReference({ ...key, ...change }).reference).not.toBe(preparedReference(key).reference);
    },
  );

  it("carry their user in labels that read back as they were", () => {
    const user = { uid: 1001, gid: 100, home: '/home/a "$b" \\c' };
    const labels = labelsOf(preparedChanges(key, user));
    expect(readPreparedImage({ ...facts, labels }, "x:y", true)).toEqual({
      id: "sha256:2",
      reference: "x:y",
      user: "agent",
      ...user,
      env: ["PATH=/bin"],
      workingDir: "/srv",
      built: true,
    });
    expect(labels["agent-containers.role"]).toBe("prepared");
  });

  it("are refused without our labels", () => {
    expect(() => readPreparedImage(facts, "x:y", false)).toThrow(
      expect.objectContaining({ code: "PREPARE_FAILED" }),
    );
  });
});
