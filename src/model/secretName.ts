const pattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a login or the init sets itself: a secret of such a name would break it, or never be seen. */
export const reservedNames = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "PORT", "PROJECT_ID", "DEBUG_HOST"];

/** For errors: what the name of a secret may be. */
export const secretNameRule = `takes names of letters, digits and underscores, as variables have them, and none of ${reservedNames.join(", ")}`;

/** True for what can be a secret's name: it is a variable and a file in the agent. */
export function isSecretName(name: string): boolean {
  return pattern.test(name) && !reservedNames.includes(name);
}
