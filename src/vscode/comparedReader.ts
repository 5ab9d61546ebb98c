import type { Core } from "../app/core.js";
import type { ComparedContent } from "../agents/snapshot/readCompared.js";
import type { CoreHost } from "./coreHost.js";
import type { SideSource } from "./comparedSides.js";

/** How long others are waited for: an editor asks for all files of a diff in one go, one by one. */
const gatherMs = 20;

interface Wanted {
  path: string;
  resolve: (content: ComparedContent) => void;
  reject: (error: unknown) => void;
}

/** Files of one side that are read together. */
interface Batch {
  source: SideSource;
  wanted: Wanted[];
}

/** Reads what is asked for at about the same time in one go for each side: the first file is there with the last. */
export class ComparedReader {
  private readonly batches = new Map<string, Batch>();

  constructor(private readonly host: Pick<CoreHost, "core">) {}

  read(source: SideSource, path: string): Promise<ComparedContent> {
    return new Promise((resolve, reject) => {
      const key = JSON.stringify(source);
      const batch = this.batches.get(key);
      if (batch) return void batch.wanted.push({ path, resolve, reject });
      this.batches.set(key, { source, wanted: [{ path, resolve, reject }] });
      setTimeout(() => void this.run(key), gatherMs);
    });
  }

  private async run(key: string): Promise<void> {
    const { source, wanted } = this.batches.get(key) ?? { wanted: [] };
    this.batches.delete(key);
    if (!source) return;
    try {
      const found = await read(await this.host.core(), source, [...new Set(wanted.map(({ path }) => path))]);
      const byPath = new Map(found.map((content) => [content.path, content]));
      for (const { path, resolve, reject } of wanted) {
        const content = byPath.get(path);
        if (content) resolve(content);
        else reject(new Error(`no answer for ${path}`));
      }
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    }
  }
}

function read(core: Core, { engine, ...of }: SideSource, paths: string[]): Promise<ComparedContent[]> {
  return core.readCompared({ ...of, paths }, { engine });
}
