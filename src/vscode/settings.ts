import * as vscode from "vscode";
import { settingKeys, settingsSection } from "./ids.js";

/** The settings as they are now; what has the wrong type is left out, as if it were not set. */
export interface Settings {
  /** Empty: found as the Docker CLI does. */
  engine: string | undefined;
  /** More engines to show, each as `engine` takes it. */
  moreEngines: readonly string[];
  defaultImage: string | undefined;
  defaultCpus: number | undefined;
  defaultMemory: string | undefined;
  idleTimeout: number | undefined;
  stopGraceSeconds: number | undefined;
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
  return {
    engine: text(settingKeys.engine),
    moreEngines: texts(settingKeys.moreEngines),
    defaultImage: text(settingKeys.defaultImage),
    defaultCpus: number(settingKeys.defaultCpus),
    defaultMemory: text(settingKeys.defaultMemory),
    idleTimeout: number(settingKeys.idleTimeout),
    stopGraceSeconds: number(settingKeys.stopGraceSeconds),
  };
}

/** Stores the engine for this user; undefined goes back to what the Docker CLI would use. */
export async function storeEngine(engine: string | undefined): Promise<void> {
  const section = vscode.workspace.getConfiguration(settingsSection);
  await section.update(settingKeys.engine, engine, vscode.ConfigurationTarget.Global);
}
