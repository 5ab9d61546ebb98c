import * as vscode from "vscode";
import type { Agent } from "../model/agent.js";
import type { AgentSpecInput } from "../model/spec.js";
import { toAgentError, type AgentError } from "../model/errors.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { draftSpec, suggestName, type Draft } from "./createDraft.js";
import { dismissFailures } from "./failureCommands.js";
import { askPick } from "./quickInput.js";
import type { EngineState } from "../store/state.js";
import { recall, remember } from "./lastChoice.js";
import { askForAgent, type CreateFacts } from "./prompts.js";
import type { Present } from "./present.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";
import { readSettings } from "./settings.js";
import { specDefaults } from "./specDefaults.js";

const { t } = vscode.l10n;
const fallbackImage = "debian:bookworm-slim";

/** Folders that may be copied: on this machine, and trusted, because an agent runs what is in them. */
function openFolders(): { name: string; path: string }[] {
  if (!vscode.workspace.isTrusted) return [];
  return (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === "file")
    .map(({ name, uri }) => ({ name, path: uri.fsPath }));
}

function factsOf(host: CoreHost, memory: vscode.Memento): CreateFacts {
  const settings = readSettings();
  const { picture } = host.state;
  const cpus = picture?.engines[0]?.health?.capabilities?.cpus;
  return {
    taken: new Set(picture?.agents.map(({ agent }) => agent.name)),
    defaultImage: settings.defaultImage ?? fallbackImage,
    defaultLimits: {
      cpus: settings.defaultCpus ?? Math.min(2, cpus ?? 2),
      memory: settings.defaultMemory ?? "2g",
    },
    availableCpus: cpus,
    folders: openFolders(),
    last: recall(memory),
  };
}

function firstDraft({ folders, taken, last, defaultImage }: CreateFacts): Draft {
  const folder = folders[0]?.path;
  return {
    name: suggestName(folder, taken),
    image: last.images[0] ?? defaultImage,
    source: last.copyFolder ? folder : undefined,
    customize: false,
    limits: undefined,
    env: "",
    tags: "",
  };
}

/** The request of a program: its options, with the target as the name where it gives one. */
function requestOf(call: Call): AgentSpecInput {
  // The core checks every field, and refuses what it does not know.
  const options = (call.options ?? {}) as AgentSpecInput;
  return call.target === undefined ? options : { name: call.target, ...options };
}

/** Where there are several engines that answer, which one; undefined where there is nothing to choose. */
async function askEngine(host: CoreHost): Promise<EngineState | "cancelled" | undefined> {
  const live = (host.state.picture?.engines ?? []).filter(({ link }) => link.kind === "live");
  if (live.length < 2) return undefined;
  const answer = await askPick<EngineState>({
    title: t("Create Agent"),
    position: { step: 1, total: 1 },
    placeholder: t("Choose the engine that runs it"),
    items: live.map((engine) => ({
      label: engine.name,
      description: engine.health?.version ?? "",
      iconPath: new vscode.ThemeIcon("server"),
      value: engine,
    })),
  });
  return answer.kind === "next" ? answer.value : "cancelled";
}

/** Makes agents: from what a program gives, or from questions. */
export function createCommand(host: CoreHost, memory: vscode.Memento, present: Present): Command {
  const make = async (draft: Draft, engine?: string): Promise<Agent | undefined> => {
    const core = await host.core();
    const spec = specDefaults(draftSpec(draft), readSettings());
    try {
      return await withStages(t("Creating {0}", draft.name), (options) =>
        core.create(spec, { ...options, engine }),
      );
    } catch (thrown) {
      explain(toAgentError(thrown), draft, engine);
      return undefined;
    }
  };
  const explain = (error: AgentError, draft: Draft, engine: string | undefined): void => {
    if (error.code === "CANCELLED") return;
    // Doing something about it takes the failed one off the list.
    const instead = async (work: () => Promise<unknown>) => {
      await dismissFailures(host, draft.name);
      await work();
    };
    present(error, {
      retry: () => instead(() => make(draft, engine)),
      rename: (name) => instead(() => make({ ...draft, name }, engine)),
      changeAnswers: () => instead(() => ask(draft)),
    });
  };
  const ask = async (from?: Draft): Promise<Agent | undefined> => {
    // Waits for the names that are taken, but not for an engine that is away: that is said after the questions too.
    await host.core();
    await host.settled();
    const engine = await askEngine(host);
    if (engine === "cancelled") return undefined;
    const facts = factsOf(host, memory);
    const draft = await askForAgent(from ?? firstDraft(facts), facts);
    if (!draft) return undefined;
    await remember(memory, draft, facts.folders.length > 0);
    return make(draft, engine?.name);
  };
  return {
    takesTarget: false,
    run: async (call) => {
      if (call.by === "user") return ask();
      return (await host.core()).create(specDefaults(requestOf(call), readSettings()));
    },
  };
}
