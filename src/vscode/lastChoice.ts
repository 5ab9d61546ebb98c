import type { Draft, Limits } from "./createDraft.js";

/** What the create flow remembers from one time to the next: nothing that may be secret, no name. */
export interface LastChoice {
  images: readonly string[];
  /** False when the last agent got an empty workspace although a folder was open. */
  copyFolder: boolean;
  limits: Limits | undefined;
}

/** The part of `vscode.Memento` that is needed. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

const key = "agentContainers.lastChoice";
const remembered = 5;

function limitsOf(value: unknown): Limits | undefined {
  if (typeof value !== "object" || value === null || !("cpus" in value) || !("memory" in value))
    return undefined;
  const { cpus, memory } = value;
  return typeof cpus === "number" && typeof memory === "string" ? { cpus, memory } : undefined;
}

/** What was chosen last; what another version wrote and cannot be read counts as nothing. */
export function recall(memory: Memory): LastChoice {
  const stored = memory.get(key);
  const value: object = typeof stored === "object" && stored !== null ? stored : {};
  const images = "images" in value && Array.isArray(value.images) ? value.images : [];
  return {
    images: images.filter((image): image is string => typeof image === "string"),
    copyFolder: !("copyFolder" in value && value.copyFolder === false),
    limits: "limits" in value ? limitsOf(value.limits) : undefined,
  };
}

/** Remembers the answers. `askedForFolder` tells whether there was a folder to choose. */
export async function remember(memory: Memory, draft: Draft, askedForFolder: boolean): Promise<void> {
  const before = recall(memory);
  const choice: LastChoice = {
    // A Dockerfile belongs to its folder, and is found there again.
    images:
      draft.dockerfile === undefined
        ? [draft.image, ...before.images.filter((image) => image !== draft.image)].slice(0, remembered)
        : before.images,
    copyFolder: askedForFolder ? draft.source !== undefined : before.copyFolder,
    limits: draft.limits ?? before.limits,
  };
  await memory.update(key, choice);
}
