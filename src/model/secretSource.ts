import * as z from "zod";
import { isSecretName, secretNameRule } from "./secretName.js";

const rule = 'takes {"file": PATH}, {"env": NAME}, {"value": TEXT} or, in VS Code, {"stored": NAME}';

/**
 * Where a secret comes from: a file or a variable of this machine, VS Code's secret storage, or the request itself.
 * All but `value` are references: what they lead to is read anew for each start.
 */
export const secretSource = z.union(
  [
    z.strictObject({ file: z.string().min(1, rule) }),
    z.strictObject({ env: z.string().regex(/^[^=\0]+$/, rule) }),
    z.strictObject({ stored: z.string().min(1, rule) }),
    z.strictObject({ value: z.string() }),
  ],
  { error: rule },
);

/** A checked source of one secret. */
export type SecretSource = z.output<typeof secretSource>;

/** The most bytes that a secret may have: as many as Docker's own secrets. */
export const secretLimitBytes = 500 * 1024;

/** The name of a secret. */
export const secretName = z.string({ error: secretNameRule }).refine(isSecretName, secretNameRule);

/** Names of secrets, each the name of a file in the agent and of a variable, and where each comes from. */
export const secretsField = z
  .record(secretName, secretSource, {
    error: "takes names, and where each secret comes from",
  })
  .refine((secrets) => Object.keys(secrets).length <= 50, "takes 50 secrets or fewer");

const argumentRule = 'takes flags of "tailscale up" as a list, without its auth key';

/** The `tailscale` field: the device and the capability, and with an auth key also the login (SPEC C8). */
export const tailscaleField = z.union(
  [
    z.literal(true),
    z.strictObject({
      /** As text, or where it comes from; needed once, because the login is kept on the agent's volume. */
      authKey: z.union([z.string().min(1), secretSource], { error: rule }).optional(),
      hostname: z
        .string()
        .regex(/^[a-zA-Z0-9][a-zA-Z0-9-]{0,62}$/, "takes a host name of letters, digits and dashes")
        .optional(),
      /** More flags of `tailscale up`. */
      args: z
        .array(
          z
            .string()
            .regex(/^--[a-z][^\n\0]*$/, argumentRule)
            .refine((arg) => !/^--auth-?key\b/.test(arg), argumentRule),
          { error: argumentRule },
        )
        .default([]),
    }),
  ],
  { error: 'takes true or {"authKey": …}' },
);

/** The checked `tailscale` field. */
export type Tailscale = z.output<typeof tailscaleField>;
