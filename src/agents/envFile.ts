import { AgentError } from "../model/errors.js";
import { cut } from "../model/startArgs/cut.js";
import { BadValue } from "../model/startArgs/invalid.js";
import { parseKvFile } from "../model/startArgs/kvFile.js";
import { lookUpEnv, readTextFile, type StartArgsContext } from "../model/startArgs/startArgsContext.js";

/**
 * The variables of `envFile`, later files over earlier ones, with the Docker CLI's own grammar: a name without a value
 * takes it from this machine, and is left out where there is none. `SPEC_INVALID` names the file and the line, and
 * never a value.
 */
export function readEnvFiles(context: StartArgsContext, files: readonly string[]): Record<string, string> {
  const variables = new Map<string, string>();
  for (const file of files) {
    for (const line of readLines(context, file)) {
      const [name, value = ""] = cut(line, "=");
      variables.set(name, value);
    }
  }
  return Object.fromEntries(variables);
}

function readLines(context: StartArgsContext, file: string): string[] {
  try {
    return parseKvFile(readTextFile(context, file), (name) => lookUpEnv(context, name));
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new AgentError("SPEC_INVALID", `"envFile" ${error.message} (${file}).`, {
      field: "envFile",
      cause: error,
      remedy: 'Correct the file or its path in "envFile", and try again.',
    });
  }
}
