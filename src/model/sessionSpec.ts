import * as z from "zod";

/** Below the agent's state volume: a file each, read by `image/init/sessions.sh`. */
export const sessionsFolder = "sessions";

const nameRule = "takes up to 31 lower-case letters, digits and dashes, the first of them no dash";
const noNul = (what: string) => z.string({ error: what }).regex(/^[^\0]*$/, `${what}, without a zero byte`);
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "takes names of variables");
const commandRule = "takes a command and its arguments as a list";

const session = z.strictObject({
  name: z
    .string({ error: nameRule })
    .regex(/^[a-z0-9][a-z0-9-]{0,30}$/, nameRule)
    .refine((name) => name !== "main", "takes another name: main is the agent's own session"),
  /** Arguments as they are: no shell reads them. */
  command: z
    .array(noNul("takes texts"), { error: commandRule })
    .min(1, commandRule)
    .refine(([program]) => program !== "", "takes the name of a program first"),
  /** In the agent; relative to its workspace, which is the default. */
  cwd: noNul("takes a folder of the agent").min(1, "takes a folder of the agent").optional(),
  env: z.record(variable, noNul("takes texts"), { error: "takes names and values, both text" }).optional(),
});

/** The field `sessions` of a spec: their names are unique. */
export const sessionsField = z
  .array(session, { error: 'takes a list of {"name": …, "command": […]}' })
  .superRefine((sessions, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of sessions.entries()) {
      if (seen.has(name)) {
        context.addIssue({ code: "custom", path: [index, "name"], message: "takes a name only once" });
      }
      seen.add(name);
    }
  });

/** A command that runs in tmux, in an agent. */
export type SessionSpec = z.output<typeof session>;

/** The definition of a session as `image/init/sessions.sh` reads it: a line for each argument and variable. */
export function renderSession({ command, cwd, env = {} }: SessionSpec): string {
  const line = (key: string, value: string) =>
    `${key}=${value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`;
  return [
    ...(cwd === undefined ? [] : [line("cwd", cwd)]),
    ...Object.entries(env).map(([name, value]) => line("env", `${name}=${value}`)),
    ...command.map((argument) => line("argument", argument)),
  ].join("");
}
