import { describe, expect, it } from "vitest";
import { enginePlatform, isForPlatform, isSamePlatform } from "../../../src/model/platform.js";

describe("platforms", () => {
  it.each([
    ["x86_64", "linux/amd64", true],
    ["x86_64", "linux/amd64/v1", true],
    ["x86_64", "linux/amd64/v3", false],
    ["x86_64", "linux/arm64", false],
    ["aarch64", "linux/arm64", true],
    ["aarch64", "linux/arm64/v8", true],
    ["armv7l", "linux/arm", true],
    ["armv7l", "linux/arm/v6", false],
    ["i686", "linux/386", true],
    ["s390x", "linux/s390x", true],
    ["x86_64", "windows/amd64", false],
  ])("of an engine on %s is %s: %s", (architecture, platform, same) => {
    expect(isSamePlatform(enginePlatform(architecture), platform)).toBe(same);
  });

  it.each([
    ["linux/arm64", "arm64", undefined, true],
    ["linux/arm64", "arm64", "v8", true],
    ["linux/arm64", "amd64", undefined, false],
    ["linux/arm/v7", "arm", "v6", true],
    ["linux/arm/v6", "arm", "v7", false],
    ["linux/amd64/v2", "amd64", undefined, true],
    ["linux/amd64", "amd64", "v2", false],
    ["linux/amd64", "x86_64", undefined, true],
  ])("%s takes an image for %s %s: %s", (wanted, architecture, variant, fits) => {
    expect(isForPlatform(wanted, { architecture, variant })).toBe(fits);
  });
});
