import type { AgentRow } from "../store/rows.js";
import type { EngineState } from "../store/state.js";
import type { EngineHealth } from "../model/health.js";
import { renderBytes } from "../model/size.js";
import type { ItemData } from "./agentItem.js";
import { groupCounts } from "./groupItem.js";
import { contextTags } from "./ids.js";
import { escapeMarkdown, type Translate } from "./text.js";

const icons: Record<EngineState["link"]["kind"], ItemData["icon"]> = {
  idle: { id: "server", color: "descriptionForeground" },
  connecting: { id: "loading~spin" },
  live: { id: "server", color: "testing.iconPassed" },
  down: { id: "error", color: "list.errorForeground" },
};

/** True for an engine whose host shows an SSH key that is not known here. */
export function hasUnknownKey({ link }: EngineState): boolean {
  return link.kind === "down" && link.problem.code === "HOST_KEY_UNKNOWN";
}

function healthLines(health: EngineHealth, t: Translate): [name: string, value: string | undefined][] {
  const { version, apiVersion, latencyMs, capabilities } = health;
  const more = capabilities && [
    capabilities.buildKit && t("BuildKit"),
    capabilities.gpu && t("GPU"),
    capabilities.volumeSubpath && t("volume subpaths"),
  ];
  return [
    [t("Version"), version ? t("Docker {0}, API {1}", version, apiVersion ?? "?") : undefined],
    [t("Answers in"), latencyMs === null ? undefined : t("{0} ms", Math.round(latencyMs))],
    [
      t("Machine"),
      capabilities
        ? t(
            "{0}, {1}, {2} CPUs, {3}",
            capabilities.operatingSystem,
            capabilities.architecture,
            capabilities.cpus,
            renderBytes(capabilities.memoryBytes),
          )
        : undefined,
    ],
    [t("Has"), more ? more.filter(Boolean).join(", ") : undefined],
  ];
}

function tooltip({ name, link, health }: EngineState, state: string, t: Translate): string {
  const problem = link.kind === "down" ? link.problem : undefined;
  const lines: [name: string, value: string | undefined][] = [
    [t("State"), problem ? t("away") : state],
    [t("Why"), problem?.message],
    [t("What to do"), problem?.remedy],
    // What was known of it before it went away may be wrong now.
    ...(health && !problem ? healthLines(health, t) : []),
  ];
  const shown = lines.flatMap(([label, value]) =>
    value ? [`${escapeMarkdown(label)}: ${escapeMarkdown(value)}`] : [],
  );
  return [`**${escapeMarkdown(name)}**`, ...shown].join("  \n");
}

/** One engine as a row, where there are several; `rows` are the agents on it that are shown. */
export function engineItem(
  engine: EngineState,
  t: Translate,
  rows: readonly AgentRow[] = [],
  { label = engine.name, removable = false }: { label?: string; removable?: boolean } = {},
): ItemData {
  const { link, health, name } = engine;
  const state = {
    idle: t("not connected"),
    connecting: t("connecting…"),
    live: health?.version ? t("Docker {0}", health.version) : t("connected"),
    down: link.kind === "down" ? link.problem.message : "",
  }[link.kind];
  const counts = link.kind === "live" ? (rows.length > 0 ? groupCounts(rows, t) : t("no agents")) : "";
  const description = [state, counts].filter(Boolean).join(" · ");
  const tags: string[] = [contextTags.engine, link.kind];
  if (removable) tags.push(contextTags.removable);
  if (hasUnknownKey(engine)) tags.push(contextTags.hostKey);
  return {
    id: `engine ${name}`,
    label,
    description,
    icon: icons[link.kind],
    contextValue: tags.join("+"),
    tooltip: tooltip(engine, state, t),
    accessibilityLabel: t("Engine {0}, {1}", label, description),
  };
}
