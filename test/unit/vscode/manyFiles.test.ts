import { expect, it } from "vitest";
import type { ComparedFile } from "../../../src/model/comparison.js";
import { filesByFolder } from "../../../src/vscode/manyFiles.js";

const t = (text: string, ...values: (string | number | boolean)[]) =>
  text.replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)]));
const files = (...paths: string[]) => paths.map((path): ComparedFile => ({ path, status: "added" }));

it("names the folders with the most files first, with the first files of each", () => {
  const many = [...Array(5).keys()].map((at) => `/app/node_modules/left/lib/${at}.js`);
  expect(
    filesByFolder(files("/app/a.txt", ...many, "/mngr/log", "/app/src/x/y/z"), ["/app", "/mngr"], t),
  ).toBe(
    [
      "/app/node_modules/left: 5 files (lib/0.js, lib/1.js, lib/2.js, …)",
      "/app: 1 files (a.txt)",
      "/mngr: 1 files (log)",
      "/app/src/x: 1 files (y/z)",
    ].join("\n"),
  );
});

it("says how many folders it does not name", () => {
  const paths = [...Array(20).keys()].map((at) => `/app/${at}/file`);
  const lines = filesByFolder(files(...paths), ["/app"], t).split("\n");
  expect(lines).toHaveLength(9);
  expect(lines.at(-1)).toBe("12 more folders");
});
