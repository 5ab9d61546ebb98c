/**
 * The user and group that files of this process belong to, for a door to tell the core. Undefined on macOS and Windows,
 * where Docker's virtual machine gives every file of a mounted folder to whoever looks at it.
 */
export function ownIds(platform: NodeJS.Platform): { uid: number; gid: number } | undefined {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return platform === "linux" && uid !== undefined && gid !== undefined ? { uid, gid } : undefined;
}
