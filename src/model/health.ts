import type { ErrorCode } from "./errors.js";

/** What an engine can do beyond API 1.41 (SPEC E6). */
export interface EngineCapabilities {
  /** As the engine names it: `x86_64`, `aarch64`. */
  architecture: string;
  operatingSystem: string;
  cpus: number;
  memoryBytes: number;
  /** `"1"` or `"2"`. */
  cgroupVersion: string;
  /** True when a runtime or a CDI device can give a container an NVIDIA GPU. */
  gpu: boolean;
  buildKit: boolean;
  /** Engine 26 (API 1.45) and later. */
  volumeSubpath: boolean;
}

/** An engine that cannot be used, and why. */
export interface EngineProblem {
  code: ErrorCode;
  message: string;
  remedy?: string;
}

/** The health of one engine (SPEC E5, X5). */
export interface EngineHealth {
  /** The endpoint, as `DOCKER_HOST` takes it. */
  engine: string;
  reachable: boolean;
  /** Round trip of one ping, milliseconds. Null when the engine was not reached. */
  latencyMs: number | null;
  version: string | null;
  apiVersion: string | null;
  capabilities: EngineCapabilities | null;
  problem?: EngineProblem;
}
