import type { EngineState } from "../store/state.js";
import type { ItemData } from "./agentItem.js";
import { contextTags } from "./ids.js";
import { escapeMarkdown, type Translate } from "./text.js";

/** One engine as a row, where there are several. */
export function engineItem(engine: EngineState, t: Translate): ItemData {
  const { link, health, name } = engine;
  const state = {
    idle: t("not connected"),
    connecting: t("connecting…"),
    live: health?.version ? t("Docker {0}", health.version) : t("connected"),
    down: link.kind === "down" ? link.problem.message : "",
  }[link.kind];
  return {
    id: name,
    label: name,
    description: state,
    icon: link.kind === "down" ? { id: "error", color: "list.errorForeground" } : { id: "server" },
    contextValue: `${contextTags.engine}+${link.kind}`,
    tooltip: [`**${escapeMarkdown(name)}**`, escapeMarkdown(state)].join("  \n"),
    accessibilityLabel: t("Engine {0}, {1}", name, state),
  };
}
