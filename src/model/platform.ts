import { usualArchitecture } from "./startArgs/parsePlatform.js";

/** What Linux calls itself where Go's name is another one. */
const fromKernel: Record<string, string> = {
  x86_64: "amd64",
  aarch64: "arm64",
  armv8l: "arm/v7",
  armv7l: "arm/v7",
  armv6l: "arm/v6",
  i386: "386",
  i686: "386",
  loongarch64: "loong64",
};

/** The platform of a Linux engine, `linux/amd64`, from what it says of its architecture, `x86_64`. */
export function enginePlatform(architecture: string): string {
  return `linux/${fromKernel[architecture] ?? architecture}`;
}

/** True where both mean the same: `linux/arm64` and `linux/arm64/v8`. */
export function isSamePlatform(one: string, other: string): boolean {
  const [a, b] = [partsOf(one), partsOf(other)];
  return a.system === b.system && a.architecture === b.architecture && a.level === b.level;
}

/**
 * True where programs of `image` are made for `wanted`: the same architecture, in a variant that is not above it.
 * Source: containerd/platforms, Only.
 */
export function isForPlatform(wanted: string, image: { architecture: string; variant?: string }): boolean {
  const theirs = partsOf(`linux/${image.architecture}/${image.variant ?? ""}`);
  const ours = partsOf(wanted);
  return theirs.architecture === ours.architecture && theirs.level <= ours.level;
}

function partsOf(platform: string) {
  const [system = "", arch = "", given = ""] = platform.split("/");
  const [architecture = "", variant = ""] = usualArchitecture(arch, given);
  // Without a variant it is the first one of the architecture.
  const first: Record<string, number> = { amd64: 1, arm64: 8 };
  const level = Number.parseFloat(variant.slice(1)) || (first[architecture] ?? 0);
  return { system, architecture, level };
}
