import { takes } from "./invalid.js";
import type { StartArgsContext } from "./startArgsContext.js";

const systems =
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos".split(
    " ",
  );
const architectures = (
  "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 " +
  "mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
).split(" ");
const fromNode: Record<string, string> = { x64: "amd64", ia32: "386", win32: "windows", sunos: "solaris" };
const rule = "os/architecture[/variant] like linux/arm64";

/** The usual name of an architecture and of its variant, which is empty for the first one. Source: containerd/platforms, normalizeArch. */
export function usualArchitecture(arch: string, variant: string): string[] {
  if (arch === "i386") return ["386"];
  if (["x86_64", "x86-64", "amd64"].includes(arch)) return ["amd64", variant === "v1" ? "" : variant];
  if (["aarch64", "arm64"].includes(arch)) {
    if (["8", "v8", "v8.0"].includes(variant)) return ["arm64", ""];
    return ["arm64", ["9", "9.0", "v9.0"].includes(variant) ? "v9" : variant];
  }
  if (arch === "armhf") return ["arm", "v7"];
  if (arch === "armel") return ["arm", "v6"];
  if (arch === "arm" && ["", "7"].includes(variant)) return ["arm", "v7"];
  return [arch, arch === "arm" && ["5", "6", "8"].includes(variant) ? `v${variant}` : variant];
}

/**
 * A platform as the engine's `platform` parameter takes it. One word is a system, with this machine's architecture, or
 * an architecture, with this machine's system. Empty: none. Source: containerd/platforms, Parse.
 */
export function parsePlatform(text: string, context: StartArgsContext): string | undefined {
  if (text === "") return undefined;
  const [first = "", second, third, ...more] = text.split("/");
  const named = /^([A-Za-z0-9_-]+)(?:\([A-Za-z0-9_.-]*\))?$/.exec(first)?.[1]?.toLowerCase();
  const fits = [second, third].every((part) => part === undefined || /^[A-Za-z0-9_.-]+$/.test(part));
  if (named === undefined || !fits || more.length > 0) return takes(rule);
  const system = named === "macos" ? "darwin" : named;
  if (second === undefined) {
    if (systems.includes(system)) return `${system}/${fromNode[context.arch] ?? context.arch}`;
    const [arch = "", variant = ""] = usualArchitecture(first.toLowerCase(), "");
    if (!architectures.includes(arch)) return takes(rule);
    return join(fromNode[context.platform] ?? context.platform, arch, plainArm(arch, variant));
  }
  const [arch = "", variant = ""] = usualArchitecture(second.toLowerCase(), third?.toLowerCase() ?? "");
  if (third === undefined) return join(system, arch, plainArm(arch, variant));
  return join(system, arch, arch === "arm64" && variant === "" ? "v8" : variant);
}

const plainArm = (arch: string, variant: string) => (arch === "arm" && variant === "v7" ? "" : variant);
const join = (...parts: string[]) => parts.filter((part) => part !== "").join("/");
