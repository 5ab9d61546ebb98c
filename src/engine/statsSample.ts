import type { StatsSample } from "../model/stats.js";
import type { StatsRecord } from "./records.js";

/**
 * One record of the stats stream as numbers. `"first"`: there is no CPU reading before it to compare with.
 * `"stopped"`: the engine goes on sending zeros for a container that does not run. The formulas are those of
 * `docker stats` (docker/cli, cli/command/container/stats_helpers.go). Pure.
 */
export function readSample(record: StatsRecord): StatsSample | "first" | "stopped" {
  const { read, cpu_stats: cpu, precpu_stats: before, memory_stats: memory, blkio_stats: blkio } = record;
  if (!read) return "stopped";
  if (!record.preread) return "first";
  const networks = Object.values(record.networks);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const disk = (operation: "r" | "w") =>
    sum(
      blkio.io_service_bytes_recursive
        .filter(({ op }) => op.toLowerCase().startsWith(operation))
        .map(({ value }) => value),
    );
  return {
    at: read,
    cpuPercent: cpuPercent(cpu, before),
    memoryUsedBytes: memoryUsed(memory),
    memoryLimitBytes: memory.limit,
    networkRxBytes: sum(networks.map(({ rx_bytes }) => rx_bytes)),
    networkTxBytes: sum(networks.map(({ tx_bytes }) => tx_bytes)),
    blockReadBytes: disk("r"),
    blockWriteBytes: disk("w"),
    pids: record.pids_stats.current,
  };
}

function cpuPercent(now: StatsRecord["cpu_stats"], before: StatsRecord["cpu_stats"]): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const passed = now.system_cpu_usage - before.system_cpu_usage;
  // Engines that do not tell the number list what each CPU was used.
  const cpus = now.online_cpus || now.cpu_usage.percpu_usage.length || 1;
  return used > 0 && passed > 0 ? (used / passed) * cpus * 100 : 0;
}

/** `total_inactive_file` is cgroup v1's word, `inactive_file` alone v2's. */
function memoryUsed({ usage, stats }: StatsRecord["memory_stats"]): number {
  const cache = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return cache < usage ? usage - cache : usage;
}
