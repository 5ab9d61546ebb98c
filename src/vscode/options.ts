import * as z from "zod";

export { parseOptions } from "../model/options.js";

/** Of verbs that take none: anything in it is a mistake. */
export const noOptions = z.strictObject({});

/** What `openWorkspace` takes (SPEC X5). */
export const openWorkspaceOptions = z.strictObject({
  newWindow: z.boolean("takes true or false").optional(),
  folder: z.string().startsWith("/", "takes an absolute path inside the container").optional(),
  dryRun: z.boolean("takes true or false").default(false),
});
