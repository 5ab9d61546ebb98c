import { homedir, userInfo } from "node:os";

/** This machine and user, as the core is told of them: the one place of the room that reads the process. */
export function surroundings(): {
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
  platform: NodeJS.Platform;
  plainSsh: boolean;
} {
  const homeDir = homedir();
  // OpenSSH asks the password database and not $HOME.
  return { env: process.env, homeDir, platform: process.platform, plainSsh: userInfo().homedir === homeDir };
}
