/**
 * Takes `repository[:tag]` apart; without a tag it is `latest`, as everywhere in Docker. A digest has no tag:
 * `name@sha256:…` is all repository. The colon of a registry's port is not that of a tag.
 */
export function splitReference(reference: string): { repository: string; tag?: string } {
  if (reference.includes("@")) return { repository: reference };
  const colon = reference.lastIndexOf(":");
  if (colon <= reference.lastIndexOf("/")) return { repository: reference, tag: "latest" };
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
