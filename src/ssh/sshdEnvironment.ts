/** What of an environment sshd can hand to its sessions. */
export interface SshdEnvironment {
  /** One line for `sshd_config` without a newline, or empty when there is nothing to set. */
  line: string;
  /** Names of the variables that no line of `sshd_config` can carry, sorted. */
  leftOut: string[];
}

/**
 * `SetEnv "A=1" "B=two words"` for sshd_config, sorted by name. One line, because sshd honours only the first SetEnv.
 * Left out are values with a line break or NUL, and names that are none for a shell. A login shell's /etc/profile
 * replaces PATH, so that it goes a second time under a name of ours, from which the prepared image's profile restores
 * it. Pure.
 */
export function renderSshdEnvironment(env: Readonly<Record<string, string>>): SshdEnvironment {
  const all: Readonly<Record<string, string>> = env.PATH ? { ...env, AGENT_CONTAINERS_PATH: env.PATH } : env;
  const names = Object.keys(all).sort();
  const fits = (name: string) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/[\n\r\0]/.test(all[name] ?? "");
  const words = names.filter(fits).map((name) => quoted(`${name}=${all[name] ?? ""}`));
  return {
    line: words.length === 0 ? "" : `SetEnv ${words.join(" ")}`,
    leftOut: names.filter((name) => !fits(name)),
  };
}

/**
 * As OpenSSH's argv_split reads it (misc.c): inside double quotes a backslash counts only before a quote or another
 * backslash, and stands for itself elsewhere. Others are left alone, because sshd before 8.7 knows no escapes.
 */
function quoted(word: string): string {
  return `"${word.replace(/\\(?=['"\\]|$)|"/g, (char) => `\\${char}`)}"`;
}
