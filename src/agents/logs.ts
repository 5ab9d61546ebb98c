import type { LogsOptions } from "../model/options.js";
import type { AgentContext } from "./context.js";

/** What the container has written, both streams together in their order (SPEC M3). */
export async function readLogs(
  context: AgentContext,
  containerId: string,
  options: LogsOptions,
  signal?: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const { data } of context.engine.logs(containerId, options, signal)) chunks.push(data);
  return Buffer.concat(chunks).toString("utf8");
}
