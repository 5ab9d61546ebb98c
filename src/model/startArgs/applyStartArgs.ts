import type { ContainerBody, HostConfig, PortBinding } from "../containerBody.js";
import { applyNetwork } from "./applyNetwork.js";
import { cut } from "./cut.js";
import type { ParsedStartArgs } from "./parseStartArgs.js";

/**
 * The container that `body` describes, with the start arguments on top: as if `body` had been written as flags before
 * them. Scalars replace, lists grow, maps and variables go by key. `body` is not changed.
 * Throws `START_ARG_INVALID` where flags of networks contradict each other or the network of `body`.
 */
export function applyStartArgs(body: ContainerBody, parsed: ParsedStartArgs): ContainerBody {
  const { HostConfig: host = {}, Env, Healthcheck, ...config } = parsed.body;
  const merged = merge(withoutOverruled(body, host, config), config);
  if (Env) merged.Env = mergeEnv(body.Env ?? [], Env);
  // NONE replaces a check, and a check replaces NONE; else the parts of two checks add up.
  if (Healthcheck) {
    const none = [body.Healthcheck, Healthcheck].some((health) => health?.Test?.[0] === "NONE");
    merged.Healthcheck = none ? Healthcheck : { ...body.Healthcheck, ...Healthcheck };
  }
  if (parsed.body.HostConfig) merged.HostConfig = mergeHost(merged.HostConfig ?? {}, host);
  return applyNetwork(merged, parsed.network);
}

/** `body` without what was no more than a default, and would make a flag impossible. */
function withoutOverruled(
  body: ContainerBody,
  host: HostConfig,
  config: ParsedStartArgs["body"],
): ContainerBody {
  const result = { ...body, HostConfig: { ...body.HostConfig } };
  // The engine takes one or the other way to limit the CPU.
  if ((host.CpuQuota ?? host.CpuPeriod) !== undefined && host.NanoCpus === undefined) {
    delete result.HostConfig.NanoCpus;
  }
  // A container in the host's UTS namespace has the host's name.
  if (host.UTSMode === "host" && config.Hostname === undefined) delete result.Hostname;
  if (!body.HostConfig && Object.keys(host).length === 0) return body;
  return result;
}

/** Lists that are replaced as a whole. */
const whole = ["MaskedPaths", "ReadonlyPaths", "Cmd"];
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields of `over` on those of `base`: scalars replace, lists grow, maps go by key. */
function merge<T extends object>(base: T, over: Partial<T>): T {
  const result: Record<string, unknown> = Object.fromEntries(Object.entries(base));
  for (const [key, value] of Object.entries<unknown>({ ...over })) {
    const before = result[key];
    if (Array.isArray(value) && Array.isArray(before) && !whole.includes(key)) {
      result[key] = [...(before as unknown[]), ...(value as unknown[])];
    } else if (isMap(value) && isMap(before)) result[key] = { ...before, ...value };
    else if (value !== undefined) result[key] = value;
  }
  return result as T;
}

function mergeHost(base: HostConfig, over: HostConfig): HostConfig {
  const result = merge(base, over);
  if (over.PortBindings) result.PortBindings = mergePorts(base.PortBindings, over.PortBindings);
  if (over.Binds) result.Binds = [...new Set(result.Binds)];
  if (over.Ulimits) {
    const byName = new Map(result.Ulimits?.map((limit) => [limit.Name, limit]));
    result.Ulimits = [...byName.values()].sort((a, b) => (a.Name < b.Name ? -1 : 1));
  }
  if (over.CapAdd) result.CapAdd = capabilities(result.CapAdd);
  if (over.CapDrop) result.CapDrop = capabilities(result.CapDrop);
  // Options belong to their driver: another driver does not take them over.
  if (over.LogConfig?.Type && over.LogConfig.Type !== base.LogConfig?.Type) result.LogConfig = over.LogConfig;
  else if (over.LogConfig) {
    const Type = over.LogConfig.Type || (base.LogConfig?.Type ?? "");
    result.LogConfig = { Type, Config: { ...base.LogConfig?.Config, ...over.LogConfig.Config } };
  }
  if (over.RestartPolicy) result.RestartPolicy = over.RestartPolicy;
  return result;
}

/** A binding that `base` has already is not doubled: the port could not be bound twice. */
function mergePorts(base: HostConfig["PortBindings"], over: NonNullable<HostConfig["PortBindings"]>) {
  const result: Record<string, PortBinding[]> = { ...base };
  for (const [port, bindings] of Object.entries(over)) {
    const before = base?.[port] ?? [];
    const isThere = (binding: PortBinding) =>
      before.some(({ HostIp, HostPort }) => HostIp === binding.HostIp && HostPort === binding.HostPort);
    result[port] = [...before, ...bindings.filter((binding) => !isThere(binding))];
  }
  return result;
}

/** Variables of `base` that `over` sets or unsets go; those of `over` keep their order and their duplicates. */
function mergeEnv(base: readonly string[], over: readonly string[]): string[] {
  const names = new Set(over.map((entry) => cut(entry, "=")[0]));
  return [...base.filter((entry) => !names.has(cut(entry, "=")[0])), ...over];
}

/** In the engine's spelling, once each, in order. Source: docker, client.normalizeCapabilities. */
function capabilities(names: readonly string[] = []): string[] {
  const usual = names.map((name) => {
    const upper = name.toUpperCase();
    return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  });
  return [...new Set(usual)].sort();
}
