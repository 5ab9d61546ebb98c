/** A DNS label holds 63 characters; the rest is for `ac-`, `-<short id>` and a counter. */
const longestName = 40;

/**
 * The SSH alias of an agent: `ac-<name>`, or `ac-<name>-<shortId>` when that is taken (SPEC H4), or the same with a
 * counter when that is taken too. Lower case and of `[a-z0-9.-]` only: VS Code lower-cases authorities, and
 * Remote-SSH extensions give `+ / @ : %` a meaning of their own. What a DNS name cannot hold becomes `-`; a name with
 * nothing left gives `ac-<shortId>`. `shortId` is of letters and digits.
 */
export function sshAlias(name: string, shortId: string, taken: ReadonlySet<string>): string {
  const suffix = slug(shortId);
  const named = slug(name);
  const plain = named === "" ? `ac-${suffix}` : `ac-${named}`;
  if (!taken.has(plain)) return plain;
  const withId = named === "" ? plain : `${plain}-${suffix}`;
  if (!taken.has(withId)) return withId;
  for (let count = 2; ; count += 1) {
    const counted = `${withId}-${count}`;
    if (!taken.has(counted)) return counted;
  }
}

function slug(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/[-.]*\.[-.]*/g, ".")
    .slice(0, longestName)
    .replace(/^[-.]+|[-.]+$/g, "");
}
