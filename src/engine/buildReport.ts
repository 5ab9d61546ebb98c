import { StringDecoder } from "node:string_decoder";
import type { Trace, Vertex } from "./buildTrace.js";

/** Lines of a build's log, and the step that failed. */
export interface BuildReport {
  /** Takes one message of BuildKit; gives the lines that it adds, in the form of `docker build --progress=plain`. */
  trace(trace: Trace): string[];
  /** Takes what the older builder writes; gives whole lines. */
  stream(text: string): string[];
  /** What is left of lines that were never ended. */
  end(): string[];
  /** The step that failed, or the last one that was begun where nobody says which. */
  failedStep(): string | undefined;
  /** Ids of images that the older builder made on the way, and did not take from its cache; oldest first. */
  intermediates(): readonly string[];
}

interface Step {
  number: number;
  name: string;
  shown: "named" | "started" | "ended";
  error: string;
  decoder: StringDecoder;
  rest: string;
}

/** Control sequences, and what a progress bar overwrote, are no part of a log. */
function cleaned(line: string): string {
  // eslint-disable-next-line no-control-regex -- escape sequences are what it takes out
  const plain = line.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g, "");
  return plain.trimEnd().split("\r").at(-1) ?? "";
}

/** An id as the older builder writes it. */
const stepLine = /^Step \d+\/\d+ : (.*)$/;

export function createBuildReport(): BuildReport {
  const steps = new Map<string, Step>();
  let rest = "";
  let lastClassic: string | undefined;
  let fromCache = false;
  const made: string[] = [];

  function stepOf(digest: string): Step {
    const known = steps.get(digest);
    if (known) return known;
    const decoder = new StringDecoder("utf8");
    const step: Step = { number: steps.size + 1, name: "", shown: "named", error: "", decoder, rest: "" };
    steps.set(digest, step);
    return step;
  }

  function vertexLines(vertex: Vertex): string[] {
    const step = stepOf(vertex.digest);
    const { number } = step;
    step.name = vertex.name;
    step.error = vertex.error;
    const lines: string[] = [];
    if (vertex.started !== undefined && step.shown === "named") {
      step.shown = "started";
      lines.push(`#${number} ${cleaned(vertex.name)}`);
    }
    if (vertex.completed !== undefined && step.shown !== "ended") {
      step.shown = "ended";
      const seconds = vertex.completed - (vertex.started ?? vertex.completed);
      const outcome = vertex.error
        ? `ERROR: ${cleaned(vertex.error)}`
        : vertex.cached
          ? "CACHED"
          : `DONE ${seconds.toFixed(1)}s`;
      lines.push(...restOf(step), `#${number} ${outcome}`);
    }
    return lines;
  }

  function restOf(step: Step): string[] {
    const left = cleaned(step.rest + step.decoder.end());
    step.rest = "";
    return left ? [`#${step.number} ${left}`] : [];
  }

  function classicLine(line: string): string[] {
    const text = cleaned(line);
    if (!text) return [];
    const begun = stepLine.exec(text)?.[1];
    if (begun !== undefined) {
      lastClassic = text;
      fromCache = /^FROM\b/i.test(begun);
    }
    if (/^ ---> Using cache$/.test(text)) fromCache = true;
    const id = /^ ---> ([0-9a-f]{12,64})$/.exec(text)?.[1];
    if (id && !fromCache) made.push(id);
    return [text];
  }

  return {
    trace({ vertexes, statuses, logs, warnings }) {
      const lines = vertexes.flatMap(vertexLines);
      for (const { id, vertex, completed } of statuses) {
        // Amounts change many times a second; a log tells what was done.
        if (completed) lines.push(`#${stepOf(vertex).number} ${cleaned(id)} done`);
      }
      for (const { vertex, message } of logs) {
        const step = stepOf(vertex);
        const parts = (step.rest + step.decoder.write(Buffer.from(message))).split("\n");
        step.rest = parts.pop() ?? "";
        lines.push(
          ...parts
            .map(cleaned)
            .filter(Boolean)
            .map((text) => `#${step.number} ${text}`),
        );
      }
      return [...lines, ...warnings.map((warning) => `WARNING: ${cleaned(warning)}`)];
    },
    stream(text) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      return parts.flatMap(classicLine);
    },
    end() {
      const left = [...steps.values()].flatMap(restOf);
      const last = classicLine(rest);
      rest = "";
      return [...left, ...last];
    },
    failedStep() {
      // A step that was stopped because another failed says so; it is not the reason.
      const failed = [...steps.values()].filter(({ error }) => error !== "");
      const reason = failed.find(({ error }) => !/context canceled/i.test(error)) ?? failed[0];
      return reason ? cleaned(reason.name) : lastClassic;
    },
    intermediates: () => made,
  };
}
