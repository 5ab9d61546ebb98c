import { renderBytes } from "../model/size.js";
import type { Excluded, Snapshot } from "../model/snapshot.js";
import { shortText } from "../util/plainText.js";
import type { ItemData } from "./agentItem.js";
import { contextTags } from "./ids.js";
import type { SnapshotNode, SnapshotsNode } from "./nodes.js";
import { age, escapeMarkdown, type Translate } from "./text.js";

const longest = 300;
const mostNamed = 8;

/** What a snapshot leaves out, for people: `/data (volume)`. */
export function excludedText(excluded: readonly Excluded[], t: Translate): string {
  const kinds = {
    bind: t("folder of the engine's host"),
    volume: t("volume"),
    tmpfs: t("memory"),
    network: t("network storage"),
    gpu: t("memory of the GPU"),
  };
  const named = excluded
    .slice(0, mostNamed)
    .map(({ kind, path }) =>
      kind === "gpu" ? kinds.gpu : t("{0} ({1})", shortText(path, 100), kinds[kind]),
    );
  const more = excluded.length - named.length;
  return [...named, ...(more > 0 ? [t("{0} more", more)] : [])].join(", ");
}

/** Age, size and note of a snapshot in a line. `now` in milliseconds since 1970. */
export function snapshotDescription(snapshot: Snapshot, now: number, t: Translate): string {
  const { createdAt, sizeBytes, note } = snapshot;
  return [age(createdAt, now, t), renderBytes(sizeBytes), note && shortText(note, longest)]
    .filter(Boolean)
    .join(" · ");
}

function tooltip(snapshot: Snapshot, now: number, t: Translate): string {
  const { name, note, agentName, image, createdAt, sizeBytes, excluded, id } = snapshot;
  const lines: [name: string, value: string][] = [
    [t("Note"), note ?? ""],
    [t("Agent"), agentName],
    [t("Taken"), age(createdAt, now, t)],
    [t("Adds"), renderBytes(sizeBytes)],
    [t("Does not hold"), excludedText(excluded, t)],
    [t("Image"), image],
    [t("Id"), id],
  ];
  const shown = (text: string) => escapeMarkdown(shortText(text, longest));
  const rendered = lines.flatMap(([key, value]) => (value ? [`${shown(key)}: ${shown(value)}`] : []));
  return [`**${shown(name)}**`, ...rendered].join("  \n");
}

/** One snapshot as a row. `now` in milliseconds since 1970. */
export function snapshotItem({ id, snapshot, source }: SnapshotNode, now: number, t: Translate): ItemData {
  const { name, agentName, excluded } = snapshot;
  const described = snapshotDescription(snapshot, now, t);
  // The agent that it is of is nowhere else to be read.
  const description = source === "gone" ? [agentName, described].join(" · ") : described;
  const lossy = excluded.length > 0;
  const warning = lossy ? t("does not hold {0}", excludedText(excluded, t)) : "";
  return {
    id,
    label: name,
    description,
    icon: lossy ? { id: "warning", color: "list.warningForeground" } : { id: "device-camera" },
    contextValue: source === "there" ? contextTags.snapshot : `${contextTags.snapshot}+${source}`,
    tooltip: tooltip(snapshot, now, t),
    accessibilityLabel: [t("Snapshot {0}, {1}", name, description), warning].filter(Boolean).join(", "),
  };
}

/** The row above the snapshots of agents that are gone. */
export function snapshotsItem({ id, place, snapshots }: SnapshotsNode, t: Translate): ItemData {
  const label = t("Snapshots of destroyed agents");
  const bytes = snapshots.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const description = [String(snapshots.length), renderBytes(bytes), place.engine]
    .filter(Boolean)
    .join(" · ");
  return {
    id,
    label,
    description,
    icon: { id: "archive" },
    contextValue: contextTags.snapshots,
    tooltip: escapeMarkdown(t("Their agents are gone; new ones can be forked from them.")),
    accessibilityLabel: t("{0}, {1}", label, description),
  };
}
