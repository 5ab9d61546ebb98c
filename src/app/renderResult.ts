import type { PruneResult } from "../agents/prune.js";
import type { Agent } from "../model/agent.js";
import type { EngineHealth } from "../model/health.js";
import { renderBytes } from "../model/size.js";

/** Text that came out of a container's labels, without what a terminal would obey. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}

/** Agents as lines of `name  state  alias  image`, in columns. */
export function renderAgents(agents: readonly Agent[]): string {
  if (agents.length === 0) return "No agents.\n";
  const rows = [
    ["NAME", "STATE", "SSH", "IMAGE", "ID"],
    ...agents.map(({ name, state, ssh, image, id }) => [name, state, ssh?.alias ?? "-", image, id]),
  ].map((row) => row.map(plain));
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}

/** One agent, and how to step into it. */
export function renderAgent(agent: Agent): string {
  const lines = [
    `${agent.name} is ${agent.state}.${agent.stateReason ? ` ${agent.stateReason}` : ""}`,
    `  id         ${agent.id}`,
    `  image      ${agent.image}`,
    `  workspace  ${agent.workspaceFolder}`,
    ...(agent.ssh ? [`  log in     ssh ${agent.ssh.alias}`] : []),
    ...agent.endpoints
      .filter(({ type }) => type !== "docker-internal")
      .map(({ host, port, containerPort }) => `  port       ${host}:${port} → ${containerPort}`),
  ];
  return `${lines.map(plain).join("\n")}\n`;
}

/** Each engine in a line, with the reason and the remedy where it is not there. */
export function renderHealth(engines: readonly EngineHealth[]): string {
  return engines
    .map(({ engine, reachable, version, apiVersion, latencyMs, problem }) => {
      if (!reachable)
        return `${engine}: ${problem?.message ?? "not reachable"} ${problem?.remedy ?? ""}`.trimEnd();
      return `${engine}: Docker ${version ?? "?"} (API ${apiVersion ?? "?"}), ${(latencyMs ?? 0).toFixed(1)} ms`;
    })
    .map((text) => `${text}\n`)
    .join("");
}

/** What is left over, with the reason and the size, and what became of it. */
export function renderPrune({ found, removed, failed }: PruneResult): string {
  if (found.length === 0) return "Nothing is left over.\n";
  const lines = found.map((leftover) => {
    const size = leftover.sizeBytes === undefined ? "" : `, ${renderBytes(leftover.sizeBytes)}`;
    const fate = removed.includes(leftover) ? "removed " : "";
    return `${fate}${leftover.kind} ${leftover.name}${size}: ${leftover.why}`;
  });
  const problems = failed.map(
    ({ kind, name, error }) => `could not remove ${kind} ${name}: ${error.message}`,
  );
  return `${[...lines, ...problems].map(plain).join("\n")}\n`;
}
