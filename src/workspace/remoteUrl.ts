/**
 * The address of a git remote without what logs in to it: of http, everything before the `@` (a token may be the user's
 * name) and the query; of others the password. Undefined for one that runs a command (`ext::`, `fd::`). Paths and
 * `git@host:path` stay as they are.
 */
export function withoutCredentials(url: string): string | undefined {
  if (/^(ext|fd)::/.test(url)) return undefined;
  const [, scheme, authority, path] = /^([a-z][a-z0-9+.:-]*:\/\/)([^/?#]*)(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || authority === undefined || path === undefined) return url;
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if (/https?:\/\/$/i.test(scheme)) return scheme + host + path.replace(/[?#].*$/s, "");
  const user = authority.slice(0, Math.max(at, 0)).replace(/:.*$/s, "");
  return scheme + (user === "" ? "" : `${user}@`) + host + path;
}
