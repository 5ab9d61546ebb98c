import path from "node:path";
import { messageOf } from "../errors.js";
import { BadValue } from "./invalid.js";

/** What of the machine that the flags are written on gets into them, as it does with the Docker CLI. */
export interface StartArgsContext {
  /** Folder that `./` paths of mounts and the paths of files begin at. Absolute. */
  cwd: string;
  /** Where `-e NAME` takes its value from. */
  env: Readonly<Record<string, string | undefined>>;
  /** The bytes of a file, by absolute path: env files, label files, seccomp profiles. Throws when it cannot. */
  readFile: (path: string) => Uint8Array;
  /** `process.platform`: how paths are written and how variables are named here. */
  platform: NodeJS.Platform;
  /** `process.arch`: what `--platform linux` alone means. */
  arch: string;
}

/** An absolute path, without a slash at its end. Source: Go, filepath.Abs. */
export function absolutePath(context: StartArgsContext, text: string): string {
  return (context.platform === "win32" ? path.win32 : path.posix).resolve(context.cwd, text);
}

/** The variable of this machine's environment; on Windows in any case of letters. */
export function lookUpEnv(context: StartArgsContext, name: string): string | undefined {
  if (context.platform !== "win32") return context.env[name];
  const found = Object.keys(context.env).find((key) => key.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : context.env[found];
}

/** The text of a file of UTF-8. */
export function readTextFile(context: StartArgsContext, name: string): string {
  let bytes: Uint8Array;
  try {
    bytes = context.readFile(absolutePath(context, name));
  } catch (error) {
    throw new BadValue(`names a file that could not be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new BadValue("takes a file of UTF-8 text", { cause: error });
  }
}
