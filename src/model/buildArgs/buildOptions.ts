import type { HostConfig } from "../containerBody.js";

/** What a build may be told with flags of `docker build`; only what was said. */
export interface BuildOptions {
  buildArgs: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
  noCache: boolean;
  /** Asks the registry for newer base images. */
  pull: boolean;
  target?: string;
  /** `linux/arm64`. */
  platform?: string;
  networkMode?: string;
  /** `host:address`. */
  extraHosts: readonly string[];
  cacheFrom: readonly string[];
  /** Sizes in bytes. All but `ShmSize`, `Ulimits` and `CgroupParent` are heeded without BuildKit only. */
  limits: Pick<
    HostConfig,
    | "CpuShares"
    | "CpuPeriod"
    | "CpuQuota"
    | "CpusetCpus"
    | "CpusetMems"
    | "Memory"
    | "MemorySwap"
    | "ShmSize"
    | "Ulimits"
    | "CgroupParent"
  >;
}
