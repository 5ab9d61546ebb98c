import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const bundle = join(root, "l10n/bundle.l10n.json");

/** Every sentence that a source gives to `t` or `l10n.t`, as translators get it. */
function sentences(name: string, source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(vscode\.l10n\.)?t$/.test(node.expression.getText(file))) {
      const [sentence] = node.arguments;
      if (sentence && ts.isStringLiteralLike(sentence)) found.push(sentence.text);
      // `age` gives its sentences from a table.
      else if (name !== "text.ts")
        throw new Error(`${name}: ${node.getText(file)} has no sentence to translate`);
    }
    ts.forEachChild(node, visit);
  };
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest);
  visit(file);
  return found;
}

test("every sentence of the room is in the bundle for translators, and nothing else", async () => {
  const folder = join(root, "src/vscode");
  const found = new Set(["{0} d", "{0} h", "{0} min"]);
  for (const name of await readdir(folder)) {
    for (const sentence of sentences(name, await readFile(join(folder, name), "utf8"))) found.add(sentence);
  }
  const expected = Object.fromEntries([...found].sort().map((sentence) => [sentence, sentence]));
  // `AGENT_CONTAINERS_UPDATE=1 npx vitest run test/unit/vscode/l10n.test.ts` writes it.
  if (process.env.AGENT_CONTAINERS_UPDATE) await writeFile(bundle, `${JSON.stringify(expected, null, 2)}\n`);
  expect(JSON.parse(await readFile(bundle, "utf8"))).toEqual(expected);
});
