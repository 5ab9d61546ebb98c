import type { Memory } from "./lastChoice.js";

/** The part of `vscode.SecretStorage` that is needed. */
export interface Storage {
  get(key: string): Thenable<string | undefined>;
  store(key: string, value: string): Thenable<void>;
  delete(key: string): Thenable<void>;
}

/** Secrets that the editor keeps for agents, by name, in the operating system's keychain. */
export interface StoredSecrets {
  /** Undefined where there is none. */
  get(name: string): Promise<string | undefined>;
  /** Sorted. The storage cannot list what is in it, so the names, and only they, are kept beside it. */
  names(): readonly string[];
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

const namesKey = "agentContainers.secretNames";
const keyOf = (name: string) => `agentContainers.secret.${name}`;

/** `storage` holds the values, `memory` the names. */
export function createStoredSecrets(storage: Storage, memory: Memory): StoredSecrets {
  const names = (): readonly string[] => {
    const kept = memory.get(namesKey);
    return Array.isArray(kept) ? kept.filter((name): name is string => typeof name === "string").sort() : [];
  };
  return {
    get: async (name) => storage.get(keyOf(name)),
    names,
    async set(name, value) {
      await storage.store(keyOf(name), value);
      await memory.update(namesKey, [...new Set([...names(), name])]);
    },
    async remove(name) {
      await storage.delete(keyOf(name));
      await memory.update(
        namesKey,
        names().filter((one) => one !== name),
      );
    },
  };
}

/** The `secrets` of a request that takes these from the editor's storage. */
export function storedSources(names: readonly string[]): Record<string, { stored: string }> {
  return Object.fromEntries(names.map((name) => [name, { stored: name }]));
}
