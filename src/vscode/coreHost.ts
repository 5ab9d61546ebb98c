import * as vscode from "vscode";
import type { Core } from "../app/core.js";
import type { AgentError } from "../model/errors.js";
import { toAgentError } from "../model/errors.js";
import type { Disposable } from "../util/dispose.js";
import type { Logger } from "../util/log.js";
import { settingKeys, settingsSection } from "./ids.js";
import { readSettings } from "./settings.js";
import { surroundings } from "./surroundings.js";
import { isSettled, type HostState } from "./viewState.js";

/** Holds the core of the engine that the settings name, and loads its code when it is first wanted. */
export interface CoreHost extends Disposable {
  /** The core, connected and watching. Rejects where the settings name no engine. */
  core(): Promise<Core>;
  readonly state: HostState;
  readonly onDidChange: vscode.Event<void>;
  /** Resolves when there is something to show: agents, none, or a problem. */
  settled(): Promise<void>;
  /** Connects at once where the connection is down. */
  refresh(): Promise<void>;
}

interface Loaded {
  core: Core;
  dispose(): void;
}

/** Loads nothing yet. Follows the setting: another engine means another core. */
export function createCoreHost(log: Logger): CoreHost {
  const changed = new vscode.EventEmitter<void>();
  let loading: Promise<Loaded> | undefined;
  let loaded: Loaded | undefined;
  let problem: AgentError | undefined;
  let generation = 0;

  async function load(mine: number): Promise<Loaded> {
    try {
      const { createCore } = await import("../app/createCore.js");
      const { engine, moreEngines } = readSettings();
      const core = createCore({ ...surroundings(), engine, moreEngines, log });
      const listening = core.onDidChange(() => changed.fire());
      const watching = core.watch();
      const dispose = () => [watching, listening, core].forEach((owned) => owned.dispose());
      const result = { core, dispose };
      if (mine === generation) [loaded, problem] = [result, undefined];
      else dispose();
      return result;
    } catch (error) {
      if (mine === generation) problem = toAgentError(error);
      throw error;
    } finally {
      changed.fire();
    }
  }

  function drop(): void {
    generation += 1;
    loaded?.dispose();
    [loading, loaded, problem] = [undefined, undefined, undefined];
  }

  const host: CoreHost = {
    async core() {
      loading ??= load(generation);
      const mine = loading;
      try {
        return (await mine).core;
      } catch (error) {
        // The next call tries again: the reason may be gone.
        if (loading === mine) loading = undefined;
        throw toAgentError(error);
      }
    },
    get state() {
      return { picture: loaded?.core.picture, problem };
    },
    onDidChange: changed.event,
    async settled() {
      if (isSettled(host.state)) return;
      await new Promise<void>((resolve) => {
        const listening = changed.event(() => {
          if (!isSettled(host.state)) return;
          listening.dispose();
          resolve();
        });
      });
    },
    async refresh() {
      if (problem) drop();
      (await host.core()).refresh();
    },
    dispose() {
      settings.dispose();
      drop();
      changed.dispose();
    },
  };

  const settings = vscode.workspace.onDidChangeConfiguration((event) => {
    const keys = [settingKeys.engine, settingKeys.moreEngines];
    if (!keys.some((key) => event.affectsConfiguration(`${settingsSection}.${key}`))) return;
    drop();
    changed.fire();
    // The problem is part of the state, and every view shows it.
    host.core().catch(() => undefined);
  });
  return host;
}
