import path from "node:path";
import type { DeviceRequest, HostConfig } from "../containerBody.js";
import { parseCsv } from "./csv.js";
import { cut } from "./cut.js";
import { flag, type Flag } from "./flag.js";
import { takes } from "./invalid.js";
import { parseDecimal } from "./numbers.js";

type Device = NonNullable<HostConfig["Devices"]>[number];

const deviceRule = "host-path[:container-path][:permissions], permissions from r, w and m";
const isMode = (text: string) => /^(?!.*(.).*\1)[rwm]+$/.test(text);

/** A path without its needless parts. Source: Go, path.Clean. */
const clean = (text: string) => path.posix.normalize(text).replace(/(?<=.)\/$/, "");

/** Source: docker/cli, validateLinuxPath and parseLinuxDevice. */
function parseDevice(text: string): Device {
  const [source = "", second, mode, ...more] = text.split(":");
  if (source === "" || more.length > 0) return takes(deviceRule);
  const mapping = (PathOnHost: string, target: string, CgroupPermissions: string): Device =>
    path.posix.isAbsolute(target)
      ? { PathOnHost, PathInContainer: target, CgroupPermissions }
      : takes(`${deviceRule}, with an absolute container path`);
  if (second === undefined) return mapping(clean(source), clean(source), "rwm");
  if (mode === undefined) {
    return isMode(second)
      ? mapping(clean(source), clean(source), second)
      : mapping(source, clean(second), "rwm");
  }
  if (!isMode(mode)) return takes(deviceRule);
  // `/dev/a:rw:r` is checked as a path of `rw`, so that it fails here as it does there.
  return mapping(source, second, mode);
}

/** `vendor/class=name`. Source: container-device-interface, parser.IsQualifiedName. */
const cdiName =
  /^[a-z]([a-z0-9_.-]*[a-z0-9])?\/[a-z]([a-z0-9_.-]*[a-z0-9])?=[a-z0-9]([a-z0-9_.:-]*[a-z0-9])?$/i;

const parseCount = (text: string) =>
  text === "all" ? -1 : parseDecimal(text, "all, a number of GPUs, or fields like device=0");

/** Source: docker/cli, opts.GpuOpts. */
function parseGpus(text: string): DeviceRequest {
  const request: DeviceRequest = { Driver: "", Count: 0, Capabilities: [["gpu"]], Options: {} };
  const seen = new Set<string>();
  for (const field of parseCsv(text)) {
    const [key, value] = cut(field, "=");
    if (seen.has(key)) return takes(`the field "${key}" once`);
    seen.add(key);
    if (value === undefined) {
      seen.add("count");
      request.Count = parseCount(key);
    } else if (key === "count") request.Count = parseCount(value);
    else if (key === "driver") request.Driver = value;
    else if (key === "device") request.DeviceIDs = value.split(",");
    else if (key === "capabilities") request.Capabilities = [[...value.split(","), "gpu"]];
    else if (key === "options") {
      request.Options = Object.fromEntries(
        parseCsv(value).map((option) => {
          const [name, setting = ""] = cut(option, "=");
          return [name, setting];
        }),
      );
    } else return takes("the fields count, driver, device, capabilities and options");
  }
  if (!seen.has("count") && !request.DeviceIDs) request.Count = 1;
  return request;
}

function parseCgroupRule(text: string): string {
  const fits = /^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/.test(text);
  return fits ? text : takes("a rule like: c 42:* rmw");
}

/** Devices and GPUs. */
export const deviceFlags: readonly Flag[] = [
  flag("gpus", parseGpus, (draft, request) => (draft.host.DeviceRequests ??= []).push(request)),
  {
    name: "device",
    set: (draft, text) => {
      if (cdiName.test(text)) draft.cdiDevices.push(text);
      else (draft.host.Devices ??= []).push(parseDevice(text));
    },
  },
  flag("device-cgroup-rule", parseCgroupRule, (draft, rule) =>
    (draft.host.DeviceCgroupRules ??= []).push(rule),
  ),
];
