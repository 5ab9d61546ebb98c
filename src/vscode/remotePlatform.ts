import * as vscode from "vscode";
import { messageOf } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import type { RemoteSshProvider } from "./providers.js";

const key = "remotePlatform";
const deadlineMs = 3000;

/**
 * Answers Remote-SSH's question for the platform of an alias before it is asked. Only from the window that opens:
 * writing settings hangs while a remote is being resolved, so that it is given up after a while too. A setting that
 * cannot be written costs the user one question, and is no reason to stop.
 */
export async function presetPlatform(provider: RemoteSshProvider, alias: string, log: Logger): Promise<void> {
  const known = provider.settingsSections.find(
    (section) => vscode.workspace.getConfiguration(section).inspect(key)?.defaultValue !== undefined,
  );
  const section = known ?? provider.settingsSections[0];
  if (section === undefined) return;
  const configuration = vscode.workspace.getConfiguration(section);
  const platforms = configuration.inspect<Record<string, string>>(key)?.globalValue ?? {};
  if (platforms[alias] === "linux") return;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("the editor did not answer in time")), deadlineMs);
  });
  try {
    const write = configuration.update(
      key,
      { ...platforms, [alias]: "linux" },
      vscode.ConfigurationTarget.Global,
    );
    await Promise.race([write, deadline]);
  } catch (error) {
    log.warn(`${section}.${key} was not set for ${alias}: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}
