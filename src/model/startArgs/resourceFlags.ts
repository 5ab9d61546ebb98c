import type { DeviceRate, Resources, Ulimit } from "../containerBody.js";
import { cut } from "./cut.js";
import { flag, switchFlag, textFlag, type Flag } from "./flag.js";
import { takes } from "./invalid.js";
import { parseCpus, parseDecimal, parseInteger, parseSize } from "./numbers.js";

const integer = (text: string) => parseInteger(text);

/** `/dev/name:number`. */
function parseDevice(text: string, what: string, parse: (text: string) => number): [string, number] {
  const [device, number] = cut(text, ":");
  return number !== undefined && device.startsWith("/dev/") ? [device, parse(number)] : takes(what);
}

const bytesRate = (text: string): DeviceRate => {
  const [Path, Rate] = parseDevice(text, "/dev/name:rate with a rate like 1mb", parseSize);
  return { Path, Rate };
};

const unsigned = (text: string) =>
  /^\d+$/.test(text) ? parseDecimal(text, "a whole number") : takes("/dev/name:rate");

const operationsRate = (text: string): DeviceRate => {
  const [Path, Rate] = parseDevice(text, "/dev/name:rate with a whole number", unsigned);
  return { Path, Rate };
};

function parseWeight(text: string): { Path: string; Weight: number } {
  const what = "/dev/name:weight with a weight of 0 or from 10 to 1000";
  const [Path, Weight] = parseDevice(text, what, unsigned);
  return Weight === 0 || (Weight >= 10 && Weight <= 1000) ? { Path, Weight } : takes(what);
}

const limits =
  "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  );

/** `name=soft[:hard]`. Source: docker/go-units, ParseUlimit. */
function parseUlimit(text: string): Ulimit {
  const [Name, values = ""] = cut(text, "=");
  const what = "name=soft[:hard] like nofile=1024:2048, the soft limit not above the hard one, -1 for none";
  if (!limits.includes(Name)) return takes(`${what}; the names are ${limits.join(", ")}`);
  const [Soft = NaN, Hard = Soft, ...more] = values.split(":").map((value) => parseDecimal(value, what));
  if (more.length > 0 || (Hard !== -1 && (Soft === -1 || Soft > Hard))) return takes(what);
  return { Name, Soft, Hard };
}

/** A flag that sets one number of the resources. */
const number = (name: string, key: NumberKey, parse: (text: string) => number, short?: string) =>
  flag(name, parse, (draft, value) => (draft.host[key] = value), short === undefined ? {} : { short });
type NumberKey = {
  [K in keyof Resources]-?: Resources[K] extends number | undefined ? K : never;
}[keyof Resources];

/** A flag that adds one rate to a list. */
const rate = (name: string, key: RateKey, parse: (text: string) => DeviceRate) =>
  flag(name, parse, (draft, value) => (draft.host[key] ??= []).push(value));
type RateKey = `BlkioDevice${"Read" | "Write"}${"Bps" | "IOps"}`;

/** CPU, memory, processes and disk speed. */
export const resourceFlags: readonly Flag[] = [
  number("cpus", "NanoCpus", parseCpus),
  number("cpu-shares", "CpuShares", integer, "c"),
  number("cpu-period", "CpuPeriod", integer),
  number("cpu-quota", "CpuQuota", integer),
  number("cpu-rt-period", "CpuRealtimePeriod", integer),
  number("cpu-rt-runtime", "CpuRealtimeRuntime", integer),
  textFlag("cpuset-cpus", (draft, text) => (draft.host.CpusetCpus = text)),
  textFlag("cpuset-mems", (draft, text) => (draft.host.CpusetMems = text)),
  number("memory", "Memory", parseSize, "m"),
  number("memory-reservation", "MemoryReservation", parseSize),
  number("memory-swap", "MemorySwap", (text) => (text === "-1" ? -1 : parseSize(text))),
  number("memory-swappiness", "MemorySwappiness", (text) => {
    const value = parseInteger(text);
    return value >= -1 && value <= 100 ? value : takes("a number from 0 to 100, or -1");
  }),
  number("kernel-memory", "KernelMemory", parseSize),
  switchFlag("oom-kill-disable", (draft, on) => (draft.host.OomKillDisable = on)),
  number("oom-score-adj", "OomScoreAdj", integer),
  number("pids-limit", "PidsLimit", integer),
  number("blkio-weight", "BlkioWeight", (text) => parseInteger(text, 0, 65_535)),
  flag("blkio-weight-device", parseWeight, (draft, value) =>
    (draft.host.BlkioWeightDevice ??= []).push(value),
  ),
  rate("device-read-bps", "BlkioDeviceReadBps", bytesRate),
  rate("device-write-bps", "BlkioDeviceWriteBps", bytesRate),
  rate("device-read-iops", "BlkioDeviceReadIOps", operationsRate),
  rate("device-write-iops", "BlkioDeviceWriteIOps", operationsRate),
  flag("ulimit", parseUlimit, (draft, value) => {
    const others = (draft.host.Ulimits ?? []).filter(({ Name }) => Name !== value.Name);
    draft.host.Ulimits = [...others, value];
  }),
  flag("shm-size", parseSize, (draft, value) => (draft.host.ShmSize = value)),
  textFlag("cgroup-parent", (draft, text) => (draft.host.CgroupParent = text)),
];
