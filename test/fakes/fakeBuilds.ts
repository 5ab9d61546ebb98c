import { buffer } from "node:stream/consumers";
import { AgentError } from "../../src/model/errors.js";
import type { Engine } from "../../src/ports/engine.js";
import { untar } from "../contract/rig.js";
import { addImage } from "./fakeImages.js";
import type { FakeState } from "./fakeState.js";
import { pass } from "./fakeState.js";

/** A builder that knows FROM of an image that is there, LABEL, and RUN, of which only `false` fails. */
export function createFakeBuilds(state: FakeState): Pick<Engine, "buildImage"> {
  return {
    async buildImage(request, onOutput, signal) {
      await pass(state, "buildImage", [request], signal);
      const files = await untar(await buffer(request.context));
      const lines: string[] = [];
      const say = (line: string) => {
        lines.push(line);
        onOutput(line);
      };
      const failed = (message: string, code: "BUILD_FAILED" | "IMAGE_NOT_FOUND" = "BUILD_FAILED") => {
        const log = lines.join("\n");
        return new AgentError(code, message, { log, wholeLog: log });
      };
      const text = files[request.dockerfile]?.text;
      if (text === undefined) throw failed(`The build failed: there is no ${request.dockerfile}.`);
      const labels: Record<string, string> = {};
      const instructions = text.split("\n").filter(Boolean);
      for (const [index, instruction] of instructions.entries()) {
        const step = `[${index + 1}/${instructions.length}] ${instruction}`;
        say(`#${index + 1} ${step}`);
        const [word = "", ...rest] = instruction.split(" ");
        const value = rest.join(" ");
        if (word === "FROM" && ![...state.images.values()].some(({ tags }) => tags.includes(value)))
          throw failed(`The base image cannot be had: ${value}`, "IMAGE_NOT_FOUND");
        if (word === "LABEL") labels[value.split("=")[0] ?? ""] = value.split("=")[1] ?? "";
        if (word === "RUN" && value === "false") throw failed(`The build failed at ${step}: exit code 1.`);
      }
      return addImage(state, request.reference, { labels: { ...labels, ...request.options.labels } }).id;
    },
  };
}
