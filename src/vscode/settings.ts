import * as vscode from "vscode";
import { settingKeys, settingsSection } from "./ids.js";

/** The settings as they are now; what has the wrong type is left out, as if it were not set. */
export interface Settings {
  /** Empty: found as the Docker CLI does. */
  engine: string | undefined;
  /** More engines to show, each as `engine` takes it. */
  moreEngines: readonly string[];
  defaultImage: string | undefined;
  /** As the spec's field takes it, which checks it. */
  network: object | undefined;
  defaultCpus: number | undefined;
  defaultMemory: string | undefined;
  idleTimeout: number | undefined;
  stopGraceSeconds: number | undefined;
  /** Names of stored secrets that an agent gets that says nothing of them. */
  secrets: readonly string[];
  /** Shows what running agents use in the tree. */
  showResources: boolean;
  /** Shows containers of mngr and openlattice in the tree. */
  showForeign: boolean;
  /** Begins each line of an agent's log with its time. */
  logTimestamps: boolean;
  notifyExit: boolean;
  notifyEngine: boolean;
}

/** Reads every setting. Cheap; nothing is kept. */
export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration(settingsSection);
  const text = (key: string) => {
    const value = section.get<unknown>(key);
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const texts = (key: string) => {
    const value = section.get<unknown>(key);
    const items: unknown[] = Array.isArray(value) ? value : [];
    return items.flatMap((item) => (typeof item === "string" && item.trim() !== "" ? [item.trim()] : []));
  };
  const number = (key: string) => {
    const value = section.get<unknown>(key);
    return typeof value === "number" ? value : undefined;
  };
  const filled = (key: string) => {
    const value = section.get<unknown>(key);
    return typeof value === "object" && value !== null && Object.keys(value).length > 0 ? value : undefined;
  };
  const flag = (key: string, otherwise: boolean) => {
    const value = section.get<unknown>(key);
    return typeof value === "boolean" ? value : otherwise;
  };
  return {
    engine: text(settingKeys.engine),
    moreEngines: texts(settingKeys.moreEngines),
    defaultImage: text(settingKeys.defaultImage),
    network: filled(settingKeys.network),
    defaultCpus: number(settingKeys.defaultCpus),
    defaultMemory: text(settingKeys.defaultMemory),
    idleTimeout: number(settingKeys.idleTimeout),
    stopGraceSeconds: number(settingKeys.stopGraceSeconds),
    secrets: texts(settingKeys.secrets),
    showResources: flag(settingKeys.showResources, true),
    showForeign: flag(settingKeys.showForeign, true),
    logTimestamps: flag(settingKeys.logTimestamps, false),
    notifyExit: flag(settingKeys.notifyExit, true),
    notifyEngine: flag(settingKeys.notifyEngine, true),
  };
}

/** Stores the engine for this user; undefined goes back to what the Docker CLI would use. */
export async function storeEngine(engine: string | undefined): Promise<void> {
  const section = vscode.workspace.getConfiguration(settingsSection);
  await section.update(settingKeys.engine, engine, vscode.ConfigurationTarget.Global);
}

/** Stores the engines beside the main one, each as the setting takes it. */
export async function storeMoreEngines(engines: readonly string[]): Promise<void> {
  const section = vscode.workspace.getConfiguration(settingsSection);
  await section.update(settingKeys.moreEngines, engines, vscode.ConfigurationTarget.Global);
}
