/** The tmpfs that an agent finds its secrets in. */
export const secretsFolder = "/run/secrets";

/** What is handed over at one start. */
export interface SecretDelivery {
  secrets: Readonly<Record<string, Buffer>>;
  /** Read by root alone, and taken away after the login. */
  tailscaleKey?: Buffer;
  /** True where there are more that nobody here has: the agent's command goes on waiting for those. */
  partial?: boolean;
}

/** One file below `secretsFolder`. */
export interface SecretFile {
  path: string;
  content: Buffer;
}

/**
 * The files of a delivery, as `image/init/secrets.sh` and sshd read them: each secret as it is, and all that fit in
 * one line as variables too. As `$(cat file)` would have it, line ends at the end of a secret are not part of the
 * variable. `.ready` comes last: whoever sees it can read all the others, and has them all. Pure.
 */
export function renderSecretFiles({ secrets, tailscaleKey, partial }: SecretDelivery): SecretFile[] {
  const lines = Object.entries(secrets).flatMap(([name, bytes]) => {
    const value = variableOf(bytes);
    return value === undefined ? [] : [`${name}=${value}\n`];
  });
  const key = tailscaleKey && Buffer.from(tailscaleKey.toString("utf8").trim());
  return [
    ...Object.entries(secrets).map(([path, content]) => ({ path, content })),
    { path: ".environment", content: Buffer.from(lines.join("")) },
    ...(key ? [{ path: ".tailscale-authkey", content: key }] : []),
    ...(partial ? [] : [{ path: ".ready", content: Buffer.alloc(0) }]),
  ];
}

/** Undefined for what no line can carry: several lines, a NUL, bytes that are no UTF-8. */
function variableOf(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(bytes)) return undefined;
  const value = text.replace(/[\r\n]+$/, "");
  return /[\n\r\0]/.test(value) ? undefined : value;
}
