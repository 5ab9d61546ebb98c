import type { Metafile } from "esbuild";

/** Bytes and files of what activating the extension loads (the entry and its static imports), and bytes of all. */
export function bundleSizes({ outputs }: Metafile): { main: number; mainFiles: number; all: number } {
  const loaded = new Set<string>();
  const visit = (path: string): void => {
    if (loaded.has(path) || !outputs[path]) return;
    loaded.add(path);
    outputs[path].imports
      .filter(({ kind }) => kind === "import-statement")
      .forEach((next) => visit(next.path));
  };
  visit(Object.keys(outputs).find((path) => outputs[path]?.entryPoint === "src/extension.ts") ?? "");
  const bytes = (paths: Iterable<string>) =>
    [...paths].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
  return { main: bytes(loaded), mainFiles: loaded.size, all: bytes(Object.keys(outputs)) };
}
