import * as z from "zod";
import { secretName } from "../model/secretSource.js";

export { getOptions, parseOptions } from "../model/options.js";

/** Of verbs that take none: anything in it is a mistake. */
export const noOptions = z.strictObject({});

/** What `openWorkspace` takes (SPEC X5). */
export const openWorkspaceOptions = z.strictObject({
  newWindow: z.boolean("takes true or false").optional(),
  folder: z.string().startsWith("/", "takes an absolute path inside the container").optional(),
  dryRun: z.boolean("takes true or false").default(false),
});

/** What `setSecret` takes. */
export const setSecretOptions = z.strictObject({
  name: secretName,
  value: z.string({ error: "takes the secret as text" }).min(1, "takes the secret as text"),
});

/** What `removeSecret` takes. */
export const removeSecretOptions = z.strictObject({ name: secretName });
