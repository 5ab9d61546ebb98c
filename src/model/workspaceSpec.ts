import * as z from "zod";

const target = z.string().startsWith("/", "takes an absolute path inside the container").optional();
const source = z.string({ error: "takes the path of a folder on this machine" }).min(1);
const dependencyModes = ["own", "shared", "none"] as const;

/** How a folder gets into an agent (SPEC W2). */
export const workspaceField = z.discriminatedUnion(
  "mode",
  [
    /** The git repository with its history, and all that is not committed. */
    z.strictObject({ mode: z.literal("clone"), source, target }),
    z.strictObject({ mode: z.literal("copy"), source, target }),
    /** A clone of a git folder with a commit, a copy of another. */
    z.strictObject({ mode: z.literal("auto"), source, target }),
    /** The real folder, mounted. */
    z.strictObject({
      mode: z.literal("bind"),
      source,
      target,
      /**
       * Where dependency folders (`node_modules`, `.venv`, `vendor`) are kept: in volumes of the agent's own, in volumes
       * that agents of this folder share, or in the folder itself (SPEC W3).
       */
      dependencies: z.enum(dependencyModes, { error: 'takes "own", "shared" or "none"' }).default("own"),
    }),
    z.strictObject({ mode: z.literal("none"), target }),
  ],
  {
    error:
      'takes {"mode": "clone", "source": …}, the same with the mode "copy", "bind" or "auto", or {"mode": "none"}',
  },
);

/** Where the workspace lies when nothing is said. */
export const defaultWorkspaceFolder = "/app";

/** The folder of this machine that a workspace is made from, as it was given. */
export function workspaceSource(workspace: z.output<typeof workspaceField>): string | undefined {
  return workspace.mode === "none" ? undefined : workspace.source;
}
