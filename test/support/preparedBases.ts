import { ensurePreparedImage } from "../../src/image/prepareImage.js";
import type { PreparedImage } from "../../src/image/preparedImage.js";
import type { Engine, ImageFacts } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";

/** Base images of one test file, and what is prepared from them. */
export interface PreparedBases {
  /** Remembers a base, so that it goes with what was prepared from it. */
  keep: (base: ImageFacts) => ImageFacts;
  prepare: (from: ImageFacts, packages?: string[], user?: string) => Promise<PreparedImage>;
  /** What the last preparation told. */
  readonly lines: readonly string[];
  /** Removes the bases and all that was prepared from them. */
  dispose(): Promise<void>;
}

/** None yet; `engine` stays open when they are removed. */
export function createPreparedBases(engine: Engine): PreparedBases {
  const bases: ImageFacts[] = [];
  let lines: string[] = [];
  return {
    keep(base) {
      bases.push(base);
      return base;
    },
    async prepare(from, packages = [], user = "agent") {
      lines = [];
      const onProgress = (line: string) => void lines.push(line);
      return ensurePreparedImage(engine, from, { packages, user, onProgress, log: nullLogger });
    },
    get lines() {
      return lines;
    },
    async dispose() {
      for (const { id, tags } of bases.reverse()) {
        for (const image of await engine.listImages(`agent-containers.prepared.base=${id}`)) {
          await engine.removeImage(image.tags[0] ?? image.id);
        }
        if (tags[0]) await engine.removeImage(tags[0]);
      }
    },
  };
}
