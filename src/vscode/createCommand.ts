import * as vscode from "vscode";
import type { Agent } from "../model/agent.js";
import type { AgentSpecInput } from "../model/spec.js";
import { cancelled, toAgentError, type AgentError } from "../model/errors.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { draftSpec, suggestName, type Draft } from "./createDraft.js";
import { findDockerfiles, type FoundDockerfile } from "./dockerfiles.js";
import { dismissFailures } from "./failureCommands.js";
import { askPick } from "./quickInput.js";
import type { EngineState } from "../store/state.js";
import { recall, remember } from "./lastChoice.js";
import { askForAgent, type CreateFacts } from "./prompts.js";
import type { Present } from "./present.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";
import { refuseUntrustedMounts } from "./trust.js";
import { readSettings } from "./settings.js";
import { specDefaults } from "./specDefaults.js";
import type { StoredSecrets } from "./storedSecrets.js";

const { t } = vscode.l10n;
const fallbackImage = "debian:bookworm-slim";

/** Folders that may be given to an agent: on this machine, and trusted, because an agent runs what is in them. */
function openFolders(): { name: string; path: string }[] {
  if (!vscode.workspace.isTrusted) return [];
  return (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === "file")
    .map(({ name, uri }) => ({ name, path: uri.fsPath }));
}

/** The same, each with the way that fits it. */
async function foldersWithModes(host: CoreHost): Promise<CreateFacts["folders"]> {
  const core = await host.core();
  return Promise.all(
    openFolders().map(async (folder) => ({ ...folder, ...(await core.suggestWorkspace(folder.path)) })),
  );
}

/** `chosen`: the engine that was asked for; else it is the main one. */
function factsOf(
  host: CoreHost,
  memory: vscode.Memento,
  stored: StoredSecrets,
  dockerfiles: readonly FoundDockerfile[],
  folders: CreateFacts["folders"],
  chosen: EngineState | undefined,
): CreateFacts {
  const settings = readSettings();
  const { picture } = host.state;
  const engine = chosen ?? picture?.engines[0];
  const cpus = engine?.health?.capabilities?.cpus;
  return {
    taken: new Set(picture?.agents.map(({ agent }) => agent.name)),
    defaultImage: settings.defaultImage ?? fallbackImage,
    defaultLimits: {
      cpus: settings.defaultCpus ?? Math.min(2, cpus ?? 2),
      memory: settings.defaultMemory ?? "2g",
    },
    availableCpus: cpus,
    folders,
    // One that has not been reached yet has no endpoint: the core says so where it is a far one.
    canBind: engine === undefined || !/^(tcp|ssh):/.test(engine.name),
    dockerfiles,
    last: recall(memory),
    storedSecrets: stored.names(),
    defaultSecrets: settings.secrets,
  };
}

function firstDraft({ folders, taken, last, defaultImage }: CreateFacts): Draft {
  const folder = folders[0]?.path;
  return {
    name: suggestName(folder, taken),
    image: last.images[0] ?? defaultImage,
    source: last.copyFolder ? folder : undefined,
    // Never by Enter alone: it lets the agent at the user's own files.
    mode: folders[0]?.mode ?? "copy",
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

/** Where there are several engines that answer, the name of one; undefined where there is nothing to choose. */
async function askEngine(host: CoreHost): Promise<string | undefined> {
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
  if (answer.kind !== "next") throw cancelled();
  return answer.value.name;
}

/** Makes agents: from what a program gives, or from questions. */
export function createCommand(
  host: CoreHost,
  memory: vscode.Memento,
  stored: StoredSecrets,
  present: Present,
): Command {
  const make = async (draft: Draft, engine?: string): Promise<Agent | undefined> => {
    const core = await host.core();
    const spec = specDefaults(draftSpec(draft), readSettings());
    try {
      const agent = await withStages(t("Creating {0}", draft.name), (options) =>
        core.create(spec, { ...options, engine }),
      );
      // Not before: an image that cannot be had would be what Enter takes the next time.
      await remember(memory, draft, openFolders().length > 0);
      return agent;
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
      useNetwork: (network) => instead(() => make({ ...draft, network }, engine)),
      changeAnswers: () => instead(() => ask(draft, engine)),
    });
  };
  const ask = async (from?: Draft, here?: string): Promise<Agent | undefined> => {
    // Waits for the names that are taken, but not for an engine that is away: that is said after the questions too.
    const ready = async () => {
      await host.core();
      await host.settled();
    };
    const [dockerfiles, folders] = await Promise.all([findDockerfiles(), foldersWithModes(host), ready()]);
    const engine = here ?? (await askEngine(host));
    const chosen = host.state.picture?.engines.find(({ name }) => name === engine);
    const facts = factsOf(host, memory, stored, dockerfiles, folders, chosen);
    const draft = await askForAgent(from ?? firstDraft(facts), facts);
    if (!draft) return undefined;
    return make(draft, engine);
  };
  return {
    takesTarget: false,
    run: async (call) => {
      if (call.by === "user") return ask(undefined, call.engines[0]?.engine.name);
      const spec = requestOf(call);
      refuseUntrustedMounts(spec, vscode.workspace.isTrusted);
      return (await host.core()).create(specDefaults(spec, readSettings()));
    },
  };
}
