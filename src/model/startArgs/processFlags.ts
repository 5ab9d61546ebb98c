import type { HostConfig } from "../containerBody.js";
import { cut } from "./cut.js";
import { flag, switchFlag, textFlag, type Flag } from "./flag.js";
import { takes } from "./invalid.js";
import { parseDecimal, parseInteger } from "./numbers.js";
import { parsePlatform } from "./parsePlatform.js";
import { setOwn } from "./setOwn.js";

const restartRule = "no, always, unless-stopped, on-failure or on-failure:5";

/** `name[:count]`. Source: docker/cli, opts.ParseRestartPolicy. */
function parseRestart(text: string): NonNullable<HostConfig["RestartPolicy"]> {
  const [Name, count] = cut(text, ":");
  if (count !== undefined && Name === "") return takes(restartRule);
  return { Name, MaximumRetryCount: count ? parseDecimal(count, restartRule) : 0 };
}

function pair(text: string): [key: string, value: string] {
  const [key, value = ""] = cut(text, "=");
  return [key, value];
}

/** Who the process is, how it ends, and where its output goes. */
export const processFlags: readonly Flag[] = [
  textFlag("user", (draft, text) => (draft.config.User = text), { short: "u" }),
  textFlag("workdir", (draft, text) => (draft.config.WorkingDir = text), { short: "w" }),
  textFlag("hostname", (draft, text) => (draft.config.Hostname = text), { short: "h" }),
  textFlag("domainname", (draft, text) => (draft.config.Domainname = text)),
  textFlag("stop-signal", (draft, text) => (draft.config.StopSignal = text)),
  flag(
    "stop-timeout",
    (text) => parseInteger(text),
    (draft, seconds) => (draft.config.StopTimeout = seconds),
  ),
  flag("restart", parseRestart, (draft, policy) => (draft.host.RestartPolicy = policy)),
  switchFlag("init", (draft, on) => (draft.host.Init = on)),
  textFlag("runtime", (draft, text) => (draft.host.Runtime = text)),
  textFlag("log-driver", (draft, text) => {
    draft.host.LogConfig = { Config: {}, ...draft.host.LogConfig, Type: text };
  }),
  flag("log-opt", pair, (draft, [key, value]) => {
    const { Type, Config } = draft.host.LogConfig ?? { Type: "", Config: {} };
    draft.host.LogConfig = { Type, Config: { ...Config, [key]: value } };
  }),
  flag("annotation", pair, (draft, [key, value]) => setOwn((draft.host.Annotations ??= {}), key, value), {
    minor: 43,
  }),
  flag("platform", parsePlatform, (draft, platform) => (draft.platform = platform), { minor: 41 }),
];
