import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { isAgentError } from "../../src/model/errors.js";
import type { BuildRequest } from "../../src/ports/build.js";
import { rejection } from "../support/collect.js";
import { baseImage, uniqueName } from "../support/testEngine.js";
import type { Rig } from "./rig.js";
import { tarOf } from "./rig.js";

/** A build of one Dockerfile; the image carries the rig's label, so that it is cleaned up. */
async function buildOf(
  rig: Rig,
  dockerfile: string,
  parts: Partial<BuildRequest> = {},
): Promise<BuildRequest> {
  const [key = "", value = ""] = rig.label.split("=");
  return {
    options: {
      buildArgs: {},
      labels: { [key]: value },
      noCache: false,
      pull: false,
      extraHosts: [],
      cacheFrom: [],
      limits: {},
    },
    buildKit: true,
    reference: `${uniqueName()}:built`,
    dockerfile: "Dockerfile",
    context: Readable.from([await tarOf("Dockerfile", dockerfile)]),
    secrets: new Map(),
    ...parts,
  };
}

export function buildContract(rig: () => Rig): void {
  describe.each([true, false])("builds, BuildKit %s", (buildKit) => {
    it("give a tagged, labelled image, and say what they do", async () => {
      const { engine, label } = rig();
      const lines: string[] = [];
      const text = `FROM ${baseImage}\nLABEL from-file=yes\nRUN true\n`;
      const request = await buildOf(rig(), text, { buildKit });
      const id = await engine.buildImage(request, (line) => lines.push(line));
      const facts = await engine.inspectImage(request.reference);
      expect(facts.id).toBe(id);
      expect(facts.labels).toMatchObject({
        "from-file": "yes",
        [label.split("=")[0] ?? ""]: label.split("=")[1],
      });
      expect(lines.join("\n")).toContain("RUN true");
    });

    it("fail with the step and the log", async () => {
      const { engine } = rig();
      const request = await buildOf(rig(), `FROM ${baseImage}\nRUN true\nRUN false\n`, { buildKit });
      const error = await rejection(engine.buildImage(request, () => undefined));
      expect(error).toMatchObject({ code: "BUILD_FAILED" });
      expect(error.message).toContain("RUN false");
      expect(error.message).toContain("exit code 1");
      expect(isAgentError(error) && error.wholeLog).toContain("RUN true");
      await expect(engine.inspectImage(request.reference)).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    });

    it("reject with the error of the context", async () => {
      const reason = new Error("the disk here is broken");
      const context = new Readable({
        read() {
          this.destroy(reason);
        },
      });
      const request = await buildOf(rig(), "", { buildKit, context });
      await expect(rig().engine.buildImage(request, () => undefined)).rejects.toBe(reason);
    });

    it("end with the signal", async () => {
      const request = await buildOf(rig(), `FROM ${baseImage}\n`, { buildKit });
      const reason = new Error("enough");
      await expect(rig().engine.buildImage(request, () => undefined, AbortSignal.abort(reason))).rejects.toBe(
        reason,
      );
    });
  });
}
