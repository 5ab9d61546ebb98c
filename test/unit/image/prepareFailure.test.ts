import { describe, expect, it } from "vitest";
import { prepareFailure } from "../../../src/image/prepareFailure.js";

const apt = (...lines: string[]) => prepareFailure("debian:12", 11, lines);

describe("why a prepare failed", () => {
  it("names packages that do not exist", () => {
    const error = apt(
      "Reading package lists...",
      "E: Unable to locate package nope",
      "E: Package 'gone' has no installation candidate",
      "E: Unable to locate package nope",
      "E: Version '9.9' for 'git' was not found",
    );
    expect(error).toMatchObject({ code: "PREPARE_FAILED" });
    expect(error.message).toContain("no package nope, gone, git.");
    expect(error.log).toContain("Unable to locate package nope");
  });

  it("sees the missing network behind packages that cannot be found", () => {
    const error = apt(
      "W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.debian.org'",
      "E: Unable to locate package tmux",
    );
    expect(error.message).toContain("servers cannot be reached");
    expect(error.remedy).toContain("network");
  });

  it("tells a full disk, an image without apt, a kill and the unknown apart", () => {
    expect(apt("dpkg: error: No space left on device").code).toBe("NO_SPACE");
    expect(prepareFailure("alpine", 10, ["x"]).message).toContain("no package manager that is supported");
    expect(prepareFailure("debian", 137, ["x"]).message).toContain("killed");
    expect(prepareFailure("debian", 12, ["first", "useradd: bad"]).message).toContain(
      "useradd: bad (exit code 12)",
    );
  });

  it("keeps the last forty lines", () => {
    const log =
      prepareFailure(
        "debian",
        13,
        Array.from({ length: 100 }, (_, index) => `line ${index}`),
      ).log ?? "";
    expect(log.split("\n")).toHaveLength(40);
    expect(log).toContain("line 99");
  });
});
