import { AgentError } from "../model/errors.js";

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const host =
  "(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\\[[0-9a-fA-F:]+\\])";
// A first part is a registry only with a dot, a colon or as `localhost`; else it is a part of the name.
const registry = new RegExp(`^(?=[^/]*[.:]|localhost(?::\\d+)?/)${host}(?::\\d+)?/`);
const name = new RegExp(`^${component}(?:/${component})*$`);
const tag = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digest = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/;
const imageId = /^(?:sha256:)?[0-9a-f]{64}$/;

/**
 * Checks `reference` by the grammar of Docker's references (github.com/distribution/reference). Anything else is
 * `SPEC_INVALID` for the field `image`. `isId` when it is an image's own id, which can be used but not pulled.
 */
export function checkImageReference(reference: string): { isId: boolean } {
  if (imageId.test(reference)) return { isId: true };
  const [named = "", ...digests] = reference.split("@");
  const registryPart = registry.exec(named)?.[0] ?? "";
  const rest = named.slice(registryPart.length);
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const valid =
    path.length + registryPart.length <= 255 &&
    name.test(path) &&
    (colon < 0 || tag.test(rest.slice(colon + 1))) &&
    (digests.length === 0 || (digests.length === 1 && digest.test(digests[0] ?? "")));
  if (!valid) {
    throw new AgentError("SPEC_INVALID", `"${reference}" is not the name of an image.`, {
      field: "image",
      remedy:
        'Give it as Docker takes it, in lower case: "debian:bookworm-slim" or "ghcr.io/owner/name:tag".',
    });
  }
  return { isId: false };
}
