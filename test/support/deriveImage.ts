import type { Readable } from "node:stream";
import type { Engine, ImageFacts } from "../../src/ports/engine.js";
import { uniqueName } from "./testEngine.js";

/**
 * An image made from another by a shell script, as a user's Dockerfile would make it; `files`, a tar archive, are
 * unpacked at `/` before. The caller removes it.
 */
export async function deriveImage(
  engine: Engine,
  from: string,
  script: string,
  files?: Readable,
): Promise<ImageFacts> {
  const reference = `${uniqueName("ac-test-base")}:1`;
  await inContainer(engine, from, script, files, (id) =>
    engine.commitContainer(id, { reference, pause: false }),
  );
  return engine.inspectImage(reference);
}

/** Runs a script in a container of `image`; `use` gets it when it has ended. Fails with what it wrote. */
export async function inContainer<T>(
  engine: Engine,
  image: string,
  script: string,
  files: Readable | undefined,
  use: (id: string) => Promise<T>,
): Promise<T> {
  const { id } = await engine.createContainer(uniqueName(), {
    Image: image,
    Entrypoint: ["sh"],
    Cmd: ["-c", script],
    Labels: { "agent-containers.test": "image" },
  });
  try {
    if (files) await engine.putArchive(id, "/", files);
    await engine.startContainer(id);
    if ((await engine.waitContainer(id)) !== 0) {
      let log = "";
      for await (const { data } of engine.logs(id, { tail: 30 })) log += data.toString();
      throw new Error(`the script failed:\n${log}`);
    }
    return await use(id);
  } finally {
    await engine.removeContainer(id);
  }
}
