import type { PruneResult } from "../agents/prune.js";
import type { Agent } from "../model/agent.js";
import type { EngineHealth } from "../model/health.js";
import type { AgentStats } from "../model/stats.js";
import { renderBytes } from "../model/size.js";
import type { Snapshot } from "../model/snapshot.js";
import { plainText } from "../util/plainText.js";

function columns(rows: readonly string[][]): string {
  const cells = rows.map((row) => row.map(plainText));
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${cells.map(line).join("\n")}\n`;
}

/** Agents as lines of `name  state  alias  image`, in columns. */
export function renderAgents(agents: readonly Agent[]): string {
  if (agents.length === 0) return "No agents.\n";
  return columns([
    ["NAME", "STATE", "SSH", "IMAGE", "ID"],
    ...agents.map(({ name, state, ssh, image, id }) => [name, state, ssh?.alias ?? "-", image, id]),
  ]);
}

/** Forks as agents, and which secrets they lack on a line of its own below. */
export function renderForks(forks: readonly Agent[]): string {
  const lacking = forks.flatMap(({ name, missingSecrets }) =>
    missingSecrets
      ? [`${name} waits for secrets that this machine does not have: ${missingSecrets.join(", ")}`]
      : [],
  );
  return [renderAgents(forks), ...lacking.map((line) => `${plainText(line)}\n`)].join("");
}

/** Snapshots in columns; what one does not hold on a line of its own below. */
export function renderSnapshots(snapshots: readonly Snapshot[]): string {
  if (snapshots.length === 0) return "No snapshots.\n";
  const table = columns([
    ["ID", "NAME", "AGENT", "CREATED", "SIZE", "NOTE"],
    ...snapshots.map(({ id, name, agentName, createdAt, sizeBytes, note = "" }) => [
      id,
      name,
      agentName,
      createdAt,
      renderBytes(sizeBytes),
      note,
    ]),
  ]);
  const missing = snapshots
    .filter(({ excluded }) => excluded.length > 0)
    .map(({ id, excluded }) => {
      const paths = excluded.map(({ kind, path }) => `${path} (${kind})`).join(", ");
      return `${plainText(`${id} does not hold ${paths}`)}\n`;
    });
  return `${table}${missing.join("")}`;
}

/** One agent, and how to step into it. */
export function renderAgent(agent: Agent): string {
  const lines = [
    `${agent.name} is ${agent.state}.${agent.stateReason ? ` ${agent.stateReason}` : ""}`,
    `  id         ${agent.id}`,
    `  image      ${agent.image}`,
    `  workspace  ${agent.workspaceFolder}`,
    ...(agent.managedBy ? [`  made by    ${agent.managedBy}`] : []),
    ...(agent.resources
      ? [
          `  uses       CPU ${agent.resources.cpuPercent} %, ${agent.resources.memoryUsedMiB} of ${agent.resources.memoryLimitMiB} MiB`,
        ]
      : []),
    ...(agent.ssh ? [`  log in     ssh ${agent.ssh.alias}`] : []),
    ...agent.endpoints
      .filter(({ type }) => type !== "docker-internal")
      .map(({ host, port, containerPort }) => `  port       ${host}:${port} → ${containerPort}`),
  ];
  return `${lines.map(plainText).join("\n")}\n`;
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

/** What an agent uses, in a line. */
export function renderStats(stats: AgentStats): string {
  const { name, cpuPercent, memoryUsedMiB, memoryLimitMiB, pids } = stats;
  const both = (one: number, other: number) => `${renderBytes(one)} / ${renderBytes(other)}`;
  const parts = [
    `CPU ${cpuPercent.toFixed(2)} %`,
    `memory ${memoryUsedMiB.toFixed(1)} / ${memoryLimitMiB.toFixed(1)} MiB`,
    `network ${both(stats.networkRxBytes, stats.networkTxBytes)}`,
    `disk ${both(stats.blockReadBytes, stats.blockWriteBytes)}`,
    `${pids} processes`,
  ];
  return `${plainText(name)}  ${parts.join("  ")}\n`;
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
  return `${[...lines, ...problems].map(plainText).join("\n")}\n`;
}
