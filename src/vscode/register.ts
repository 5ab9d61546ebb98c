import * as vscode from "vscode";
import { toAgentError } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import { readCall, type Call } from "./call.js";
import { commandIds, type CommandName } from "./ids.js";
import type { Node } from "./nodes.js";
import type { Present } from "./present.js";
import { bySelection, selectedRows } from "./selection.js";

/** One command: what it does with a call. Its result is a plain JSON value. */
export interface Command {
  /** False where the first argument is not an agent. */
  takesTarget: boolean;
  /** True where nothing is ever missing and nothing is shown: a call without arguments is a program's too. */
  forPrograms?: boolean;
  /** True where its key in the tree means snapshots as well. */
  keyForSnapshots?: boolean;
  run: (call: Call) => Promise<unknown>;
}

/** A command whose code is loaded when it is first called: a window that never does starts without it. */
export function loaded(load: () => Promise<Command>, takesTarget = true): Command {
  return { takesTarget, run: async (call) => (await load()).run(call) };
}

export type CommandTable = Readonly<Record<CommandName, Command>>;

/**
 * Registers every command. A failure is shown once when a user called, with the way to try again, and rejects with
 * its code when a program did (see `Call`). Cancelling is neither for a user, and `CANCELLED` for a program.
 * `selection` are the rows that a key in the tree means.
 */
export function registerCommands(
  table: CommandTable,
  present: Present,
  log: Logger,
  selection: () => readonly Node[],
): vscode.Disposable {
  const entries = Object.entries(commandIds) as [CommandName, string][];
  return vscode.Disposable.from(
    ...entries.map(([name, id]) => {
      const command = table[name];
      const invoke = async (...args: unknown[]): Promise<unknown> => {
        const given = bySelection(args) ? selectedRows(selection(), command.keyForSnapshots) : args;
        // A key on a row that the command is not for.
        if (given.length === 0 && args.length > 0) return undefined;
        const read = readCall(given, command.takesTarget);
        const call: Call = command.forPrograms ? { ...read, by: "program" } : read;
        try {
          return await command.run(call);
        } catch (thrown) {
          const error = toAgentError(thrown);
          if (error.code === "CANCELLED") log.info(`${id}: cancelled`);
          else log.error(`${id}: ${error.code} ${error.message}`);
          // Where a defect of ours is. Of other causes nothing is written: they may hold what nobody should read.
          if (error.code === "INTERNAL" && error.cause instanceof Error) log.error(error.cause.stack ?? "");
          if (call.by === "program") throw error;
          if (error.code !== "CANCELLED") present(error, { retry: () => invoke(...args) });
          return undefined;
        }
      };
      return vscode.commands.registerCommand(id, invoke);
    }),
  );
}
