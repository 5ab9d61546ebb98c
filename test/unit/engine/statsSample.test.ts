import { describe, expect, it } from "vitest";
import { renderResources, renderStats } from "../../../src/model/stats.js";
import { readAnswer, statsRecord } from "../../../src/engine/records.js";
import { readSample } from "../../../src/engine/statsSample.js";

const sampleOf = (value: unknown) => readSample(readAnswer(statsRecord, value, "stats"));

/** Recorded on Engine 20.10.24, cgroup v1: half a CPU of two, 64 MiB, after 20 MiB were written to a file. */
const v1 = {
  read: "2026-11-21T07:53:36.87416023Z",
  preread: "2026-11-21T07:53:35.87163072Z",
  pids_stats: { current: 1 },
  blkio_stats: { io_service_bytes_recursive: [], io_serviced_recursive: [] },
  num_procs: 0,
  storage_stats: {},
  cpu_stats: {
    cpu_usage: {
      total_usage: 1037502326,
      percpu_usage: [514026272, 523476054],
      usage_in_kernelmode: 0,
      usage_in_usermode: 1030000000,
    },
    system_cpu_usage: 23075450000000,
    online_cpus: 2,
    throttling_data: { periods: 21, throttled_periods: 19, throttled_time: 948332637 },
  },
  precpu_stats: {
    cpu_usage: { total_usage: 536709913, percpu_usage: [33703364, 503006549] },
    system_cpu_usage: 23073410000000,
    online_cpus: 2,
  },
  memory_stats: {
    usage: 24481792,
    max_usage: 25907200,
    stats: { cache: 23203840, inactive_file: 23040000, rss: 110592, total_inactive_file: 23040000 },
    limit: 67108864,
  },
  networks: {
    eth0: { rx_bytes: 1000, tx_bytes: 10, rx_packets: 1 },
    eth1: { rx_bytes: 24, tx_bytes: 5, rx_packets: 1 },
  },
};

/** As Engine API v1.51 documents it for cgroup v2: no list of CPUs, lower-case operations, no `total_` words. */
const v2 = {
  ...v1,
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 254, minor: 0, op: "read", value: 7593984 },
      { major: 254, minor: 0, op: "write", value: 100 },
      { major: 8, minor: 0, op: "read", value: 16 },
    ],
    io_serviced_recursive: null,
  },
  cpu_stats: { cpu_usage: { total_usage: 3000 }, system_cpu_usage: 20000, online_cpus: 5 },
  precpu_stats: { cpu_usage: { total_usage: 1000 }, system_cpu_usage: 10000, online_cpus: 5 },
  memory_stats: { usage: 1000, stats: { anon: 300, file: 700, inactive_file: 400 }, limit: 5000 },
};

const upperCase = [
  { op: "Read", value: 3 },
  { op: "Write", value: 4 },
  { op: "Sync", value: 7 },
  { op: "Total", value: 7 },
];

describe("a sample", () => {
  it("of cgroup v1 is what docker stats shows of it", () => {
    const sample = sampleOf(v1);
    if (typeof sample === "string") throw new Error(sample);
    expect(sample).toMatchObject({
      at: new Date("2026-11-21T07:53:36.874Z"),
      memoryUsedBytes: 24481792 - 23040000,
      memoryLimitBytes: 64 * 2 ** 20,
      networkRxBytes: 1024,
      networkTxBytes: 15,
      blockReadBytes: 0,
      blockWriteBytes: 0,
      pids: 1,
    });
    expect(sample.cpuPercent).toBeCloseTo(49.1, 1);
    expect(renderResources(sample)).toEqual({ cpuPercent: 49.1, memoryUsedMiB: 1.4, memoryLimitMiB: 64 });
    expect(renderStats({ id: "a", name: "fixer" }, sample)).toMatchObject({
      id: "a",
      name: "fixer",
      pids: 1,
    });
  });

  it("of cgroup v2 leaves out the file cache, and reads its lower-case operations", () => {
    expect(sampleOf(v2)).toMatchObject({
      cpuPercent: 100,
      memoryUsedBytes: 600,
      blockReadBytes: 7594000,
      blockWriteBytes: 100,
    });
    const blkio_stats = { io_service_bytes_recursive: upperCase };
    expect(sampleOf({ ...v2, blkio_stats })).toMatchObject({ blockReadBytes: 3, blockWriteBytes: 4 });
  });

  it("counts the CPUs that are listed where the engine does not tell their number", () => {
    const without = (stats: typeof v1.cpu_stats) => ({ ...stats, online_cpus: undefined });
    const sample = sampleOf({ ...v1, cpu_stats: without(v1.cpu_stats) });
    expect(sample).toMatchObject({ cpuPercent: (sampleOf(v1) as { cpuPercent: number }).cpuPercent });
  });

  it("is none where the engine has nothing to compare with, and none of what does not run", () => {
    const zero = "0001-01-01T00:00:00Z";
    expect(sampleOf({ ...v1, preread: zero })).toBe("first");
    // The zeros that Engine 20.10 sends after a stop, once with and then without an earlier reading.
    expect(sampleOf({ read: zero, preread: v1.read, memory_stats: {}, blkio_stats: {} })).toBe("stopped");
    expect(sampleOf({ read: zero, preread: zero, memory_stats: {}, networks: null })).toBe("stopped");
  });

  it.each([
    ["a clock that went back", { precpu_stats: { ...v1.cpu_stats, system_cpu_usage: 9e15 } }, "cpuPercent"],
    ["a counter that was reset", { precpu_stats: { cpu_usage: { total_usage: 9e15 } } }, "cpuPercent"],
    ["no memory at all", { memory_stats: {} }, "memoryUsedBytes"],
    ["a null", { pids_stats: null }, "pids"],
  ])("is never NaN or negative: %s", (_what, change, field) => {
    expect(sampleOf({ ...v1, ...change })).toMatchObject({ [field]: 0 });
  });

  it("never takes more cache off than there is", () => {
    const memory_stats = { usage: 100, stats: { inactive_file: 500 }, limit: 1000 };
    expect(sampleOf({ ...v1, memory_stats })).toMatchObject({ memoryUsedBytes: 100 });
  });
});
