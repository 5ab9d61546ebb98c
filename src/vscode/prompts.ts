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
import type { LastChoice } from "./lastChoice.js";
import { askPick, askText, type PickItem } from "./quickInput.js";
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
  /** Folders that can be copied into the agent: open, on this machine, and trusted. */
  folders: readonly { name: string; path: string }[];
  last: LastChoice;
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

function askImage(facts: CreateFacts): Step<Draft> {
  return async (draft, position) => {
    const { defaultImage, last } = facts;
    const images = imageChoices(draft.image, [defaultImage, ...last.images]);
    const answer = await askPick<string>({
      title,
      position,
      placeholder: t("Choose an image, or type the name of another"),
      items: images.map((image) => ({
        label: image,
        description: image === defaultImage ? t("default") : t("used before"),
        iconPath: new vscode.ThemeIcon("package"),
        value: image,
      })),
      other: (image) => ({
        label: t('Use image "{0}"', image),
        iconPath: new vscode.ThemeIcon("package"),
        value: image,
      }),
    });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, image: answer.value } } : answer;
  };
}

function askWorkspace(facts: CreateFacts): Step<Draft> {
  return async (draft, position) => {
    const copies = facts.folders.map((folder): PickItem<string | undefined> => ({
      label: t("Copy of {0}", folder.name),
      description: folder.path,
      iconPath: new vscode.ThemeIcon("folder"),
      value: folder.path,
    }));
    const empty: PickItem<string | undefined> = {
      label: t("Empty workspace"),
      iconPath: new vscode.ThemeIcon("new-folder"),
      value: undefined,
    };
    const items = draft.source === undefined ? [empty, ...copies] : [...copies, empty];
    const answer = await askPick({ title, position, placeholder: t("What the agent works on"), items });
    return answer.kind === "next" ? { kind: "next", value: { ...draft, source: answer.value } } : answer;
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
        label: t("CPUs, memory, environment, tags…"),
        iconPath: new vscode.ThemeIcon("settings"),
        value: "customize",
      },
    ];
    const placeholder = t("{0} from {1}", draft.name, draft.image);
    const answer = await askPick({ title, position, placeholder, items });
    if (answer.kind !== "next") return answer;
    if (answer.value === "customize") return { kind: "next", value: { ...draft, customize: true } };
    return { kind: "next", value: { ...draft, ...answer.value, customize: false, env: "", tags: "" } };
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
