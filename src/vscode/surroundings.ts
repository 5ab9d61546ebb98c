import { homedir, userInfo } from "node:os";
import { ownIds } from "../util/ownIds.js";

/** This machine and user, as the core is told of them: the one place of the room that reads the process. */
export function surroundings(): {
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
  user: { uid: number; gid: number } | undefined;
  platform: NodeJS.Platform;
  plainSsh: boolean;
} {
  const homeDir = homedir();
  const { env, platform } = process;
  // OpenSSH asks the password database and not $HOME.
  return { env, homeDir, user: ownIds(platform), platform, plainSsh: userInfo().homedir === homeDir };
}
