import * as vscode from "vscode";
import type { Core, VerbOptions } from "../app/core.js";
import type { ChangedFile, Changes, Pulled, Pushed } from "../model/changes.js";
import { cancelled, isAgentError } from "../model/errors.js";
import type { Call } from "./call.js";
import { sidesOf } from "./changedSides.js";
import type { CoreHost } from "./coreHost.js";
import { requireTrusted } from "../agents/trusted.js";
import { nameOf } from "./lifecycleCommands.js";
import { targetsOf } from "./pickAgent.js";
import { note, notify, offer } from "./present.js";
import type { Command, CommandTable } from "./register.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

/** What a verb for changes may be given, again and again until it is allowed to do its work. */
interface Request {
  paths?: readonly string[];
  source?: string;
  merge?: boolean;
  overwrite?: boolean;
}

interface FileItem extends vscode.QuickPickItem {
  file: ChangedFile;
}

function fileItem(file: ChangedFile, picked: boolean): FileItem {
  const { path, oldPath, status, additions, deletions, binary } = file;
  const icons = {
    added: "diff-added",
    modified: "diff-modified",
    deleted: "diff-removed",
    renamed: "diff-renamed",
    type: "diff-modified",
  };
  const size = binary ? t("binary") : `+${additions} -${deletions}`;
  return {
    label: path,
    description: oldPath === undefined ? size : `${size} · ${t("was {0}", oldPath)}`,
    iconPath: new vscode.ThemeIcon(icons[status]),
    picked,
    file,
  };
}

async function chooseFiles(title: string, changes: Changes, picked: boolean): Promise<string[]> {
  const items = changes.files
    .filter(({ status }) => picked || status !== "deleted")
    .map((file) => fileItem(file, picked));
  const placeHolder = t("Choose the files");
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder,
    canPickMany: true,
    matchOnDescription: true,
  });
  if (!chosen || chosen.length === 0) throw cancelled();
  return chosen.map(({ file }) => file.path);
}

/** The folder of a repository, where the agent was not made from one of this machine. */
async function chooseSource(): Promise<string> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      title: t("Choose the repository to exchange changes with"),
      openLabel: t("Choose"),
    })) ?? [];
  if (!folder) throw cancelled();
  return folder.fsPath;
}

/** Does it, and asks where something is missing or would be overwritten. */
async function asking<T>(
  run: (request: Request) => Promise<T>,
  request: Request,
  overwriting: { field: "merge" | "overwrite"; label: string },
): Promise<T> {
  try {
    return await run(request);
  } catch (error) {
    if (isAgentError(error, "UNSUPPORTED") && error.field === "source" && request.source === undefined)
      return asking(run, { ...request, source: await chooseSource() }, overwriting);
    const files = isAgentError(error, "WOULD_OVERWRITE") ? (error.files ?? []) : [];
    if (files.length === 0 || request[overwriting.field] === true) throw error;
    const others = request.paths?.filter((path) => !files.includes(path)) ?? [];
    const again = (more: Request) => () => asking(run, { ...request, ...more }, overwriting);
    const question = t("{0} files hold work that would be overwritten or mixed.", files.length);
    const detail = [...files.slice(0, 10), ...(files.length > 10 ? ["…"] : [])].join("\n");
    let result: { value: T } | undefined;
    await offer(question, detail, [
      ...(others.length > 0
        ? [
            {
              label: t("Only the Others"),
              run: async () => (result = { value: await again({ paths: others })() }),
            },
          ]
        : []),
      {
        label: overwriting.label,
        run: async () => (result = { value: await again({ [overwriting.field]: true })() }),
      },
    ]);
    if (!result) throw cancelled();
    return result.value;
  }
}

/** Show, fetch, apply, copy and push the changes of one agent. */
export function changeCommands(
  host: CoreHost,
): Pick<CommandTable, "diff" | "pull" | "push" | "fetchChanges" | "applyChanges" | "copyFiles"> {
  const openSourceControl = {
    label: t("Open Source Control"),
    run: () => vscode.commands.executeCommand("workbench.view.scm"),
  };

  /** `here`: it works in a repository of this machine. */
  const command = (
    title: string,
    run: (core: Core, target: string, call: Call) => Promise<unknown>,
    here = true,
  ): Command => ({
    takesTarget: true,
    run: async (call) => {
      // The core refuses it as well, after the questions.
      if (here) requireTrusted({ isTrusted: () => vscode.workspace.isTrusted });
      const [target] = await targetsOf(call, host, {
        title,
        fits: ({ agent, operation }) =>
          operation === undefined && ["running", "unhealthy"].includes(agent.state),
        none: t("No agent is running."),
      });
      return run(await host.core(), target, call);
    },
  });

  /** The changes of an agent; `CANCELLED` with a word where there are none. */
  const changesOf = async (core: Core, target: string): Promise<Changes> => {
    const name = nameOf(host, target);
    const changes = await withStages(t("Looking at the changes of {0}", name), (options) =>
      core.diff(target, {}, options),
    );
    if (changes.files.length > 0 || changes.commits.length > 0) return changes;
    note(t("{0} has changed nothing.", name));
    throw cancelled();
  };

  const showResult = ({ files, conflicts, same }: Pulled | Pushed): void => {
    const done = t("{0} files changed, {1} were so already.", files.length, same.length);
    if (conflicts.length === 0) notify("information", done, [openSourceControl]);
    else
      notify(
        "information",
        `${done} ${t("{0} have conflicts to resolve: {1}", conflicts.length, conflicts.join(", "))}`,
        [openSourceControl],
      );
  };

  const pulling = (core: Core, target: string, title: string, mode: string) => (request: Request) =>
    withStages(title, (options: VerbOptions) => core.pull(target, { ...request, mode }, options));

  return {
    diff: command(
      t("Show Changes"),
      async (core, target, call) => {
        if (call.by === "program") return core.diff(target, call.options);
        const changes = await changesOf(core, target);
        const resources = changes.files.map((file) => sidesOf(changes.agentId, file));
        await vscode.commands.executeCommand("vscode.changes", t("Changes of {0}", changes.name), resources);
        return changes;
      },
      false,
    ),
    pull: command(t("Bring Changes Here"), (core, target, call) => core.pull(target, call.options)),
    fetchChanges: command(t("Fetch Changes"), async (core, target, call) => {
      const run = pulling(core, target, t("Fetching the changes of {0}", nameOf(host, target)), "fetch");
      if (call.by === "program") return core.pull(target, { ...call.options, mode: "fetch" });
      const pulled = await asking(run, {}, { field: "merge", label: t("Merge") });
      notify("information", t("Fetched: {0}", Object.keys(pulled.refs).join(", ")), [openSourceControl]);
      return pulled;
    }),
    applyChanges: command(t("Apply Changes Here"), async (core, target, call) => {
      if (call.by === "program") return core.pull(target, { ...call.options, mode: "apply" });
      const name = nameOf(host, target);
      const paths = await chooseFiles(
        t("Apply Changes of {0} Here", name),
        await changesOf(core, target),
        true,
      );
      const run = pulling(core, target, t("Applying the changes of {0}", name), "apply");
      const pulled = await asking(run, { paths }, { field: "merge", label: t("Merge Into Them") });
      showResult(pulled);
      return pulled;
    }),
    copyFiles: command(t("Copy Files Here"), async (core, target, call) => {
      if (call.by === "program") return core.pull(target, { ...call.options, mode: "files" });
      const name = nameOf(host, target);
      const paths = await chooseFiles(
        t("Copy Files of {0} Here", name),
        await changesOf(core, target),
        false,
      );
      const run = pulling(core, target, t("Copying files of {0}", name), "files");
      const pulled = await asking(run, { paths }, { field: "overwrite", label: t("Overwrite") });
      showResult(pulled);
      return pulled;
    }),
    push: command(t("Push Local Changes"), async (core, target, call) => {
      if (call.by === "program") return core.push(target, call.options);
      const name = nameOf(host, target);
      const run = (request: Request) =>
        withStages(t("Pushing to {0}", name), (options) => core.push(target, request, options));
      const pushed = await asking(run, {}, { field: "merge", label: t("Merge Into Them") });
      const done = t("{0} files changed in {1}.", pushed.files.length, name);
      if (pushed.conflicts.length === 0) note(done);
      else
        notify(
          "information",
          `${done} ${t("{0} have conflicts to resolve: {1}", pushed.conflicts.length, pushed.conflicts.join(", "))}`,
          [],
        );
      return pushed;
    }),
  };
}
