import { AgentError } from "../../model/errors.js";
import { collect } from "../../util/sinks.js";

/** A stream that keeps what is written to it; beyond `limit` bytes it breaks with `UNSUPPORTED`. */
export function collectBytes(limit = 512 * 2 ** 20): ReturnType<typeof collect> {
  const message = `It is larger than ${Math.round(limit / 2 ** 20)} MB.`;
  const remedy = "Copy the file and look at it here.";
  return collect({ bytes: limit, error: () => new AgentError("UNSUPPORTED", message, { remedy }) });
}
