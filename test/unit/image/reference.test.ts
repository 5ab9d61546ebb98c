import { describe, expect, it } from "vitest";
import { checkImageReference } from "../../../src/image/reference.js";

const id = "a".repeat(64);

describe("image references", () => {
  it.each([
    "debian",
    "debian:bookworm-slim",
    "library/debian:12",
    "ghcr.io/owner/some__name/x-y.z:V1.0_a",
    "localhost/x",
    "localhost:5000/x/y:tag",
    "REGISTRY.example.com:443/x",
    "[::1]:5000/x",
    `debian@sha256:${id}`,
    `debian:12@sha256:${id}`,
  ])("takes %s", (reference) => {
    expect(checkImageReference(reference)).toEqual({ isId: false });
  });

  it.each([id, `sha256:${id}`])("knows the id %s", (reference) => {
    expect(checkImageReference(reference)).toEqual({ isId: true });
  });

  it.each([
    "",
    " ",
    "debian ",
    "de bian",
    "Debian",
    "Owner/name",
    "debian:",
    "debian:a b",
    "debian:-x",
    `debian:${"x".repeat(129)}`,
    "debian@sha256:abc",
    "debian@",
    "a//b",
    "/debian",
    "debian/",
    "a..b",
    "-x",
    "--privileged",
    "ghcr.io/Owner/x",
    "x".repeat(256),
    "debian\n",
  ])("refuses %j, and names the field", (reference) => {
    expect(() => checkImageReference(reference)).toThrow(
      expect.objectContaining({ code: "SPEC_INVALID", field: "image" }),
    );
  });
});
