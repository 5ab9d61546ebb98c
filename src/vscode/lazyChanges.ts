import type { CoreHost } from "./coreHost.js";
import type { Command, CommandTable } from "./register.js";

type ChangeCommand = "diff" | "pull" | "push" | "fetchChanges" | "applyChanges" | "copyFiles";

/** The commands for changes; what they are made of is loaded by the first call, and not when VS Code starts. */
export function lazyChanges(host: CoreHost): Pick<CommandTable, ChangeCommand | "overlaps"> {
  const change = (name: ChangeCommand): Command => ({
    takesTarget: true,
    run: async (call) => (await import("./changeCommands.js")).changeCommands(host)[name].run(call),
  });
  return {
    diff: change("diff"),
    pull: change("pull"),
    push: change("push"),
    fetchChanges: change("fetchChanges"),
    applyChanges: change("applyChanges"),
    copyFiles: change("copyFiles"),
    overlaps: {
      takesTarget: false,
      run: async (call) => (await import("./compareCommand.js")).compareCommand(host).run(call),
    },
  };
}
