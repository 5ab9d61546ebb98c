import { AgentError } from "../model/errors.js";
import type { SshTarget } from "./sshTarget.js";
import { expandTokens, isPlainWord } from "./sshTokens.js";

/**
 * The program that a ProxyJump or ProxyCommand of ssh_config stands for. `UNSUPPORTED` for a token that we do not know,
 * `ENGINE_NOT_FOUND` for a name that a shell would read as more than a name.
 */
export function proxyOf(
  jump: string | undefined,
  command: string | undefined,
  tokens: { h: string; n: string; p: string; r: string; u: string; d: string },
  configFile: string | undefined,
  env: NodeJS.ProcessEnv,
): SshTarget["proxy"] {
  if (jump !== undefined) {
    // As OpenSSH does it: the last jump is logged in to, by way of those before it.
    const hops = jump.split(",");
    const last = hops.pop() ?? "";
    return {
      file: "ssh",
      args: [
        ...(configFile ? ["-F", configFile] : []),
        ...["-o", "BatchMode=yes"],
        ...(hops.length > 0 ? ["-J", hops.join(",")] : []),
        ...["-W", `[${tokens.h}]:${tokens.p}`, "--"],
        last.startsWith("ssh://") ? last : `ssh://${last}`,
      ],
    };
  }
  if (command === undefined) return undefined;
  for (const word of [tokens.h, tokens.n, tokens.r]) {
    if (!isPlainWord(word)) {
      throw new AgentError(
        "ENGINE_NOT_FOUND",
        `"${word}" is not a name that may be given to a ProxyCommand.`,
        {
          remedy: "Check HostName and User in your SSH configuration.",
        },
      );
    }
  }
  const line = expandTokens(command, tokens);
  return process.platform === "win32"
    ? { file: env.ComSpec ?? "cmd.exe", args: ["/d", "/s", "/c", line] }
    : {
        file: env.SHELL === undefined || env.SHELL === "" ? "/bin/sh" : env.SHELL,
        args: ["-c", `exec ${line}`],
      };
}
