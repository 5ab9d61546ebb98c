/** What a running container uses, as the engine measured it over its last second. */
export interface StatsSample {
  /** When the engine read it. */
  at: Date;
  /** 100 is one whole CPU, as `docker stats` shows it. */
  cpuPercent: number;
  /** Without the cache that the kernel gives back when it needs room, as `docker stats` shows it. */
  memoryUsedBytes: number;
  /** The engine's whole memory where the container has no limit. */
  memoryLimitBytes: number;
  /** All networks together, since the container was started. */
  networkRxBytes: number;
  networkTxBytes: number;
  /** All disks together, since the container was started. */
  blockReadBytes: number;
  blockWriteBytes: number;
  /** Processes and threads. */
  pids: number;
}

/** The part of it that an agent's JSON shows (SPEC X3). */
export interface AgentResources {
  cpuPercent: number;
  memoryUsedMiB: number;
  memoryLimitMiB: number;
}

/** One sample as every door shows it: plain JSON. */
export interface AgentStats extends AgentResources {
  id: string;
  name: string;
  /** ISO time. */
  at: string;
  networkRxBytes: number;
  networkTxBytes: number;
  blockReadBytes: number;
  blockWriteBytes: number;
  pids: number;
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));
const mebibytes = (bytes: number) => round(bytes / 2 ** 20, 1);

/** What X3 has of a sample: percent to two digits, MiB to one. */
export function renderResources(sample: StatsSample): AgentResources {
  return {
    cpuPercent: round(sample.cpuPercent, 2),
    memoryUsedMiB: mebibytes(sample.memoryUsedBytes),
    memoryLimitMiB: mebibytes(sample.memoryLimitBytes),
  };
}

/** A sample of an agent as JSON. */
export function renderStats(agent: { id: string; name: string }, sample: StatsSample): AgentStats {
  const { networkRxBytes, networkTxBytes, blockReadBytes, blockWriteBytes, pids } = sample;
  return {
    id: agent.id,
    name: agent.name,
    at: sample.at.toISOString(),
    ...renderResources(sample),
    networkRxBytes,
    networkTxBytes,
    blockReadBytes,
    blockWriteBytes,
    pids,
  };
}
