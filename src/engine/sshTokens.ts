import { AgentError } from "../model/errors.js";

/** What the tokens of ssh_config stand for (ssh_config(5), TOKENS). Keys are the letters. */
export type Tokens = Readonly<Partial<Record<string, string>>>;

/** `%h` and its kind in a value of ssh_config. Throws `UNSUPPORTED` for a token that is not in `tokens`. */
export function expandTokens(value: string, tokens: Tokens): string {
  return value.replace(/%(.?)/g, (token, letter: string) => {
    const meaning = letter === "%" ? "%" : tokens[letter];
    if (meaning === undefined) {
      throw new AgentError(
        "UNSUPPORTED",
        `The token ${token} in your SSH configuration is not supported here.`,
        {
          remedy: `Write "${value}" without it.`,
        },
      );
    }
    return meaning;
  });
}

/** A path of ssh_config: a leading `~/`, `${NAME}` from the environment, and tokens. */
export function expandPath(value: string, home: string, env: NodeJS.ProcessEnv, tokens: Tokens): string {
  const named = value
    .replace(/^"(.*)"$/, "$1")
    .replace(/^~(?=[/\\]|$)/, () => home)
    .replace(/\$\{(\w+)\}/g, (_whole, name: string) => env[name] ?? "");
  return expandTokens(named, tokens);
}

/** What OpenSSH, too, refuses in a host or user: it would reach a shell through a ProxyCommand. */
export function isPlainWord(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- they are what it refuses
  return /^[^-\s'"`$\\;&<>|(){}\x00-\x1f\x7f][^\s'"`$\\;&<>|(){}\x00-\x1f\x7f]*$/.test(text);
}
