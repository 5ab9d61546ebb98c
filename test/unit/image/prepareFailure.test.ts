import { describe, expect, it } from "vitest";
import { cannotRun, isExecFormat, prepareFailure } from "../../../src/image/prepareFailure.js";

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

  it.each([
    ["ERROR: unable to select packages:", "  nope (no such package):", "    required by: world[nope]"],
    ["Error: Unable to find a match: nope", "No match for argument: nope"],
    ["Failed to resolve the transaction:", "No match for argument: nope"],
    ["error: No package matches 'nope'"],
    ["No package nope available.", "Error: Not tolerating missing names on install, stopping."],
  ])("knows the words of apk, dnf 4 and 5, microdnf and yum: %s %s", (...lines) => {
    const error = apt(...lines);
    expect(error.message).toContain("there is no package nope.");
    expect(error).toMatchObject({ field: "packages" });
  });

  it.each([
    ["WARNING: fetching https://dl-cdn.alpinelinux.org/x: temporary error (try again later)"],
    ["Curl error (6): Couldn't resolve host name for https://mirrors.fedoraproject.org/x"],
    ["Curl error (7): Couldn't connect to server for https://x"],
    ["Cannot find a valid baseurl for repo: base/7/x86_64"],
  ])("knows a network that is away: %s", (line) => {
    expect(apt(line, "  tmux (no such package):").message).toContain("servers cannot be reached");
  });

  it("says how to run another architecture's programs", () => {
    const error = cannotRun("debian:12", "linux/arm64");
    expect(error).toMatchObject({ code: "PREPARE_FAILED" });
    expect(error.remedy).toContain("binfmt --install arm64");
    expect(isExecFormat("standard_init_linux.go:228: exec user process caused: exec format error")).toBe(
      true,
    );
    expect(isExecFormat("exec /bin/sh: no such file or directory")).toBe(false);
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
