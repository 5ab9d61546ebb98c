import * as vscode from "vscode";
import { parseEndpoint, renderEndpoint } from "../model/endpoint.js";
import { AgentError, cancelled, messageOf } from "../model/errors.js";
import type { EngineHealth } from "../model/health.js";
import { acceptHostKey } from "./acceptHostKey.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { failedStep } from "./engineStep.js";
import { note, offer, type Choice } from "./present.js";
import { withStages } from "./run.js";
import { readSettings, storeMoreEngines } from "./settings.js";
import { surroundings } from "./surroundings.js";

const { t } = vscode.l10n;

interface Item extends vscode.QuickPickItem {
  /** What to store; undefined for an address to be typed. */
  setting?: string;
}

/** The engines that are listed already, by name and by setting. */
function listed(host: CoreHost): ReadonlySet<string> {
  const { engine, moreEngines } = readSettings();
  const names = (host.state.picture?.engines ?? []).map(({ name }) => name);
  return new Set([...names, ...moreEngines, ...(engine === undefined ? [] : [engine])]);
}

async function contextItems(known: ReadonlySet<string>): Promise<Item[]> {
  const { engineChoices } = await import("../app/engineChoices.js");
  return (await engineChoices(surroundings()))
    .filter(({ setting, endpoint }) => !known.has(setting) && !known.has(endpoint))
    .map((choice) => ({
      label: choice.name,
      description: choice.endpoint,
      detail: choice.problem ?? choice.description,
      iconPath: new vscode.ThemeIcon(choice.problem ? "warning" : "server"),
      setting: choice.setting,
    }));
}

/** Why an address cannot be added; undefined when it can. */
function addressProblem(text: string, known: ReadonlySet<string>): string | undefined {
  if (text.trim() === "") return t("Type an address.");
  try {
    const name = renderEndpoint(parseEndpoint(text.trim()));
    return known.has(name) ? t("This engine is listed already.") : undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function askAddress(known: ReadonlySet<string>, value: string): Promise<string> {
  const text = await vscode.window.showInputBox({
    title: t("Add Engine"),
    prompt: t(
      "The address of the engine. For one with TLS choose a Docker context, which has the certificates",
    ),
    placeHolder: "ssh://user@host, tcp://host:2375, unix:///path/docker.sock",
    value,
    ignoreFocusOut: true,
    validateInput: (typed) => (typed === "" ? undefined : addressProblem(typed, known)),
  });
  if (!text?.trim()) throw cancelled();
  return text.trim();
}

async function askEngine(host: CoreHost): Promise<string> {
  const known = listed(host);
  const contexts = await contextItems(known);
  const own: Item = {
    label: t("Type an address…"),
    description: t("ssh://, tcp:// or a socket"),
    iconPath: new vscode.ThemeIcon("edit"),
    alwaysShow: true,
  };
  // With nothing to choose from there is no question.
  if (contexts.length === 0) return askAddress(known, "");
  const picked = await vscode.window.showQuickPick([...contexts, own], {
    title: t("Add Engine"),
    placeHolder: t("Choose a Docker context, or type an address"),
    matchOnDescription: true,
  });
  if (!picked) throw cancelled();
  return picked.setting ?? askAddress(known, "");
}

/** Stores it beside the others; the tree follows the setting. */
async function store(setting: string): Promise<void> {
  const { moreEngines } = readSettings();
  if (!moreEngines.includes(setting)) await storeMoreEngines([...moreEngines, setting]);
}

/** Tries the engine and stores it, or says which step failed and what can be done. */
async function tryAndStore(host: CoreHost, setting: string): Promise<EngineHealth | undefined> {
  const core = await host.core();
  const health = await withStages(t("Connecting to {0}", setting), (options) =>
    core.tryEngine(setting, options),
  );
  const step = failedStep(health, t);
  if (step === undefined || health.reachable) {
    await store(setting);
    note(t("{0} is added.", setting));
    return health;
  }
  const again = () => tryAndStore(host, setting);
  const add = async () => {
    await store(setting);
    return health;
  };
  const showKey = async () => {
    await acceptHostKey(health.engine);
    return again();
  };
  const change = async () => tryAndStore(host, await askAddress(listed(host), setting));
  const choices: Choice[] = [
    ...(health.problem?.code === "HOST_KEY_UNKNOWN"
      ? [{ label: t("Show Key in Terminal"), run: showKey }]
      : []),
    { label: t("Retry"), run: again },
    ...(setting.startsWith("context:") ? [] : [{ label: t("Change…"), run: change }]),
    { label: t("Add Anyway"), run: add },
  ];
  const why = [health.problem?.message, health.problem?.remedy].filter(Boolean).join(" ");
  const answer = await offer(t("{0} failed at {1}.", setting, step), why, choices);
  if (answer === undefined) throw cancelled();
  return health;
}

/**
 * Adds an engine to the setting `moreEngines`: a Docker context or an address, tried once before. A program names it;
 * it is then stored whatever the attempt gives, which is returned. `ENGINE_NOT_FOUND` for what is no address.
 */
export async function addEngine(host: CoreHost, call: Call): Promise<EngineHealth | undefined> {
  if (call.target === undefined) return tryAndStore(host, await askEngine(host));
  const setting = call.target.trim();
  const problem = setting.startsWith("context:") ? undefined : addressProblem(setting, new Set());
  if (problem) throw new AgentError("ENGINE_NOT_FOUND", problem, { field: "engine" });
  const health = await (await host.core()).tryEngine(setting);
  await store(setting);
  return health;
}
