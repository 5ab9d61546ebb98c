/**
 * The body of `POST /containers/create`, in the Engine API's own names: a value that a test can read.
 * Only the fields that we set.
 * Source: Docker Engine API v1.41, operation ContainerCreate; fields of later versions are marked.
 */
export interface ContainerBody {
  Image: string;
  Hostname?: string;
  Domainname?: string;
  User?: string;
  WorkingDir?: string;
  Entrypoint?: string[];
  Cmd?: string[];
  /** `KEY=value`; `KEY` alone takes the variable out of the image's environment. */
  Env?: string[];
  Labels?: Record<string, string>;
  /** Keys like `22/tcp`. Needed beside `PortBindings`, which alone publish nothing. */
  ExposedPorts?: Record<string, Record<string, never>>;
  /** Anonymous volumes by their path. */
  Volumes?: Record<string, Record<string, never>>;
  Tty?: boolean;
  StopSignal?: string;
  /** Seconds between the stop signal and the kill. */
  StopTimeout?: number;
  Healthcheck?: Healthcheck;
  HostConfig?: HostConfig;
  NetworkingConfig?: { EndpointsConfig: Record<string, EndpointConfig> };
}

/** Times in nanoseconds. */
export interface Healthcheck {
  /** `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", command]`. */
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  /** From 1.44. */
  StartInterval?: number;
  Retries?: number;
}

export interface EndpointConfig {
  Aliases?: string[];
  Links?: string[];
  DriverOpts?: Record<string, string>;
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] };
  /** From 1.44. */
  MacAddress?: string;
  /** From 1.48. */
  GwPriority?: number;
}

export interface HostConfig extends Resources {
  NetworkMode?: string;
  PortBindings?: Record<string, PortBinding[]>;
  PublishAllPorts?: boolean;
  Dns?: string[];
  DnsOptions?: string[];
  DnsSearch?: string[];
  /** `host:address`. */
  ExtraHosts?: string[];
  /** `container:alias`. */
  Links?: string[];
  /** `source:target[:options]`. */
  Binds?: string[];
  Mounts?: Mount[];
  /** Path → options of the mount. */
  Tmpfs?: Record<string, string>;
  VolumesFrom?: string[];
  VolumeDriver?: string;
  StorageOpt?: Record<string, string>;
  RestartPolicy?: { Name: string; MaximumRetryCount?: number };
  LogConfig?: { Type: string; Config: Record<string, string> };
  Init?: boolean;
  Runtime?: string;
  Isolation?: string;
  CapAdd?: string[];
  CapDrop?: string[];
  SecurityOpt?: string[];
  Privileged?: boolean;
  ReadonlyRootfs?: boolean;
  GroupAdd?: string[];
  /** Empty: nothing is masked. Absent: the engine's own list. */
  MaskedPaths?: string[];
  ReadonlyPaths?: string[];
  Sysctls?: Record<string, string>;
  /** From 1.43. */
  Annotations?: Record<string, string>;
  IpcMode?: string;
  PidMode?: string;
  UTSMode?: string;
  UsernsMode?: string;
  CgroupnsMode?: string;
  /** Bytes. */
  ShmSize?: number;
}

/** Sizes in bytes, times in microseconds. */
export interface Resources {
  /** Billionths of a CPU. Refused by the engine together with `CpuPeriod` or `CpuQuota`. */
  NanoCpus?: number;
  CpuShares?: number;
  CpuPeriod?: number;
  CpuQuota?: number;
  CpuRealtimePeriod?: number;
  CpuRealtimeRuntime?: number;
  CpusetCpus?: string;
  CpusetMems?: string;
  Memory?: number;
  MemoryReservation?: number;
  /** Memory and swap together; -1 is unlimited. */
  MemorySwap?: number;
  MemorySwappiness?: number;
  KernelMemory?: number;
  OomKillDisable?: boolean;
  OomScoreAdj?: number;
  PidsLimit?: number;
  BlkioWeight?: number;
  BlkioWeightDevice?: { Path: string; Weight: number }[];
  BlkioDeviceReadBps?: DeviceRate[];
  BlkioDeviceWriteBps?: DeviceRate[];
  BlkioDeviceReadIOps?: DeviceRate[];
  BlkioDeviceWriteIOps?: DeviceRate[];
  Ulimits?: Ulimit[];
  Devices?: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[];
  DeviceCgroupRules?: string[];
  DeviceRequests?: DeviceRequest[];
  CgroupParent?: string;
}

/** Bytes or operations per second. */
export interface DeviceRate {
  Path: string;
  Rate: number;
}

/** -1 is unlimited. */
export interface Ulimit {
  Name: string;
  Soft: number;
  Hard: number;
}

export interface DeviceRequest {
  Driver: string;
  /** -1 is all. */
  Count?: number;
  DeviceIDs?: string[];
  /** Alternatives, each a list of what is needed together. */
  Capabilities?: string[][];
  Options?: Record<string, string>;
}

/** The engine takes the port as a string. */
export interface PortBinding {
  HostIp: string;
  HostPort: string;
}

export interface Mount {
  Type: "bind" | "volume" | "tmpfs" | "image" | "cluster" | "npipe";
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: {
    Propagation?: string;
    NonRecursive?: boolean;
    /** From 1.44, as the next. */
    ReadOnlyNonRecursive?: boolean;
    ReadOnlyForceRecursive?: boolean;
  };
  VolumeOptions?: {
    Labels?: Record<string, string>;
    NoCopy?: boolean;
    /** From 1.45. */
    Subpath?: string;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
  };
  /** `Mode` as a number, not as octal text. */
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
  /** From 1.48. */
  ImageOptions?: { Subpath?: string };
}
