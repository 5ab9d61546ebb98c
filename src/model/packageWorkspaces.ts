import * as z from "zod";

const packageJson = z.object({
  workspaces: z
    .union([z.array(z.string()), z.object({ packages: z.array(z.string()) }).transform((it) => it.packages)])
    .catch([]),
});

/** The patterns that `workspaces` of a package.json names. Empty where it has none, or is no JSON. */
export function packageWorkspaces(text: string): readonly string[] {
  try {
    return packageJson.parse(JSON.parse(text)).workspaces;
  } catch {
    // The package manager complains about it.
    return [];
  }
}
