/**
 * The body of `POST /containers/create`, in the Engine API's own names: a value that a test can read.
 * Only the fields that we set.
 * Source: Docker Engine API v1.41, operation ContainerCreate.
 */
export interface ContainerBody {
  Image: string;
  Hostname?: string;
  User?: string;
  WorkingDir?: string;
  Entrypoint?: string[];
  Cmd?: string[];
  /** `KEY=value`. */
  Env?: string[];
  Labels?: Record<string, string>;
  /** Keys like `22/tcp`. Needed beside `PortBindings`, which alone publish nothing. */
  ExposedPorts?: Record<string, Record<string, never>>;
  Tty?: boolean;
  StopSignal?: string;
  /** Seconds between the stop signal and the kill. */
  StopTimeout?: number;
  HostConfig?: HostConfig;
  NetworkingConfig?: { EndpointsConfig: Record<string, { Aliases?: string[] }> };
}

export interface HostConfig {
  /** Billionths of a CPU. */
  NanoCpus?: number;
  /** Bytes. */
  Memory?: number;
  NetworkMode?: string;
  PortBindings?: Record<string, PortBinding[]>;
  Mounts?: Mount[];
  RestartPolicy?: { Name: string; MaximumRetryCount?: number };
  Init?: boolean;
  CapAdd?: string[];
  SecurityOpt?: string[];
}

/** The engine takes the port as a string. */
export interface PortBinding {
  HostIp: string;
  HostPort: string;
}

export interface Mount {
  Type: "bind" | "volume" | "tmpfs";
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  VolumeOptions?: { Labels?: Record<string, string>; NoCopy?: boolean };
}
