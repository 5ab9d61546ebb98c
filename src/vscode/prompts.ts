import * as vscode from "vscode";
import {
  cpusProblem,
  imageChoices,
  limitsText,
  memoryProblem,
  nameProblem,
  pairsProblem,
  type Draft,
  type Limits,
} from "./createDraft.js";
import type { FoundDockerfile } from "./dockerfiles.js";
import type { LastChoice } from "./lastChoice.js";
import { askMany, askPick, askText, type PickItem } from "./quickInput.js";
import { walk, type Step } from "./walk.js";

const { t } = vscode.l10n;

/** What the questions are asked with. */
export interface CreateFacts {
  /** The names that are taken. */
  taken: ReadonlySet<string>;
  defaultImage: string;
  defaultLimits: Limits;
  /** The engine's number of CPUs, where it is known. */
  availableCpus: number | undefined;
  /** Folders that can be given to the agent: open, on this machine, and trusted. */
  folders: readonly { name: string; path: string; mode: "clone" | "copy"; subfolder: string }[];
  /** True where these can be mounted: the engine is on this machine too. */
  canBind: boolean;
  /** Dockerfiles that the image can be built from: in those folders. */
  dockerfiles: readonly FoundDockerfile[];
  last: LastChoice;
  /** Names of the secrets that the editor keeps, and of those that are ticked at first. */
  storedSecrets: readonly string[];
  defaultSecrets: readonly string[];
}

const title = t("Create Agent");

function askName(facts: CreateFacts): Step<Draft> {
  return async (draft, position) => {
    const answer = await askText({
      title,
      position,
      value: draft.name,
      prompt: t("The name of the agent: its container's, and part of its SSH alias"),
      problem: (name) => nameProblem(name, facts.taken, t),
    });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, name: answer.value } } : answer;
  };
}

type ImageChoice = Required<Pick<Draft, "image">> & { dockerfile: string | undefined };

function askImage(facts: CreateFacts): Step<Draft> {
  return async (draft, position) => {
    const { defaultImage, last } = facts;
    const images = imageChoices(draft.image, [defaultImage, ...last.images]);
    const named = images.map((image): PickItem<ImageChoice> => ({
      label: image,
      description: image === defaultImage ? t("default") : t("used before"),
      iconPath: new vscode.ThemeIcon("package"),
      value: { image, dockerfile: undefined },
    }));
    const built = facts.dockerfiles.map((found): PickItem<ImageChoice> => ({
      label: found.label,
      description: t("build it"),
      iconPath: new vscode.ThemeIcon("tools"),
      value: { image: draft.image, dockerfile: found.path },
    }));
    // What was chosen before a step back comes first.
    const chosen = built.filter(({ value }) => value.dockerfile === draft.dockerfile);
    const answer = await askPick<ImageChoice>({
      title,
      position,
      placeholder:
        built.length === 0
          ? t("Choose an image, or type the name of another")
          : t("Choose an image or a Dockerfile, or type the name of another image"),
      items: [...chosen, ...named, ...built.filter((item) => !chosen.includes(item))],
      other: (image) => ({
        label: t('Use image "{0}"', image),
        iconPath: new vscode.ThemeIcon("package"),
        value: { image, dockerfile: undefined },
      }),
    });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, ...answer.value } } : answer;
  };
}

type Workspace = Pick<Draft, "source" | "mode">;

function askWorkspace(facts: CreateFacts): Step<Draft> {
  return async (draft, position) => {
    const clones = facts.folders
      .filter(({ mode }) => mode === "clone")
      .map((folder): PickItem<Workspace> => ({
        label: t("Clone of {0}", folder.name),
        description: folder.path,
        detail:
          folder.subfolder === ""
            ? t(
                "The git repository with its branch, changes and new files. Ignored files and logins stay here.",
              )
            : t(
                "The whole git repository around it, with its branch, changes and new files, opened at {0}.",
                folder.subfolder,
              ),
        iconPath: new vscode.ThemeIcon("repo-clone"),
        value: { source: folder.path, mode: "clone" },
      }));
    const copies = facts.folders.map((folder): PickItem<Workspace> => ({
      label: t("Copy of {0}", folder.name),
      description: folder.path,
      detail: t("The agent has files of its own; yours stay as they are. Ignored files are left out."),
      iconPath: new vscode.ThemeIcon("files"),
      value: { source: folder.path, mode: "copy" },
    }));
    const binds = facts.folders.map((folder): PickItem<Workspace> => ({
      label: t("{0} itself, mounted", folder.name),
      description: folder.path,
      detail: t("What the agent changes or deletes is changed here at once, and the other way round."),
      iconPath: new vscode.ThemeIcon("folder-active"),
      value: { source: folder.path, mode: "bind" },
    }));
    const empty: PickItem<Workspace> = {
      label: t("Empty workspace"),
      detail: t("The agent begins with an empty folder."),
      iconPath: new vscode.ThemeIcon("new-folder"),
      value: { source: undefined, mode: "copy" },
    };
    const all = [...clones, ...copies, ...(facts.canBind ? binds : []), empty];
    // What Enter takes comes first.
    const isDraft = ({ value }: PickItem<Workspace>) =>
      value.source === draft.source && (value.source === undefined || value.mode === draft.mode);
    const items = [...all.filter(isDraft), ...all.filter((item) => !isDraft(item))];
    const answer = await askPick({ title, position, placeholder: t("What the agent works on"), items });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, ...answer.value } } : answer;
  };
}

type Summary = { limits: Limits | undefined } | "customize";

function askSummary(facts: CreateFacts): Step<Draft> {
  return async (draft, position) => {
    const usual = limitsText(facts.defaultLimits, t);
    const before = facts.last.limits && limitsText(facts.last.limits, t);
    const items: PickItem<Summary>[] = [
      {
        label: t("Create with defaults: {0}", usual),
        iconPath: new vscode.ThemeIcon("rocket"),
        value: { limits: undefined },
      },
      ...(before && before !== usual
        ? [
            {
              label: t("Create as last time: {0}", before),
              iconPath: new vscode.ThemeIcon("history"),
              value: { limits: facts.last.limits },
            },
          ]
        : []),
      {
        label: t("CPUs, memory, environment, secrets, tags…"),
        iconPath: new vscode.ThemeIcon("settings"),
        value: "customize",
      },
    ];
    const from = facts.dockerfiles.find(({ path }) => path === draft.dockerfile)?.label;
    const placeholder = t("{0} from {1}", draft.name, from ?? draft.dockerfile ?? draft.image);
    const answer = await askPick({ title, position, placeholder, items });
    if (answer.kind !== "next") return answer;
    if (answer.value === "customize") return { kind: "next", value: { ...draft, customize: true } };
    return {
      kind: "next",
      value: { ...draft, ...answer.value, customize: false, env: "", tags: "", secrets: undefined },
    };
  };
}

/** Asks for one line of text that belongs to the draft. */
function askLine(question: {
  prompt: string;
  placeholder?: string;
  read: (draft: Draft) => string;
  write: (draft: Draft, text: string) => Draft;
  problem: (text: string) => string | undefined;
}): Step<Draft> {
  return async (draft, position) => {
    const { prompt, placeholder, problem } = question;
    const answer = await askText({
      title,
      position,
      prompt,
      placeholder,
      problem,
      value: question.read(draft),
    });
    return answer.kind === "next" ? { kind: "next", value: question.write(draft, answer.value) } : answer;
  };
}

/** Which of the stored secrets the agent gets. */
function askSecrets({ storedSecrets, defaultSecrets }: CreateFacts): Step<Draft> {
  return async (draft, position) => {
    const chosen = draft.secrets ?? defaultSecrets;
    const answer = await askMany({
      title,
      position,
      placeholder: t("Secrets for the agent, kept in its memory only"),
      items: storedSecrets.map((name) => ({ label: name, picked: chosen.includes(name), value: name })),
    });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, secrets: answer.value } } : answer;
  };
}

function optionalSteps(facts: CreateFacts): readonly Step<Draft>[] {
  const limitsOf = (draft: Draft) => draft.limits ?? facts.last.limits ?? facts.defaultLimits;
  const pairs = (text: string) => pairsProblem(text, t);
  return [
    askLine({
      prompt: t("How many CPUs the agent may use"),
      read: (draft) => String(limitsOf(draft).cpus),
      write: (draft, text) => ({ ...draft, limits: { ...limitsOf(draft), cpus: Number(text) } }),
      problem: (text) => cpusProblem(text, facts.availableCpus, t),
    }),
    askLine({
      prompt: t("How much memory the agent may use"),
      read: (draft) => limitsOf(draft).memory,
      write: (draft, text) => ({ ...draft, limits: { ...limitsOf(draft), memory: text } }),
      problem: (text) => memoryProblem(text, t),
    }),
    askLine({
      prompt: t("Environment variables, or nothing. Anyone who may use the engine can read them."),
      placeholder: 'NAME=value OTHER="two words"',
      read: (draft) => draft.env,
      write: (draft, env) => ({ ...draft, env }),
      problem: pairs,
    }),
    ...(facts.storedSecrets.length > 0 ? [askSecrets(facts)] : []),
    askLine({
      prompt: t("Tags, or nothing. They cannot be changed later."),
      placeholder: 'team=core task="fix the build"',
      read: (draft) => draft.tags,
      write: (draft, tags) => ({ ...draft, tags }),
      problem: pairs,
    }),
  ];
}

/** Asks for an agent, starting from `first`; Enter all the way takes it as it is. Undefined when it is closed. */
export function askForAgent(first: Draft, facts: CreateFacts): Promise<Draft | undefined> {
  return walk(first, (draft) => [
    askName(facts),
    askImage(facts),
    ...(facts.folders.length > 0 ? [askWorkspace(facts)] : []),
    askSummary(facts),
    ...(draft.customize ? optionalSteps(facts) : []),
  ]);
}
