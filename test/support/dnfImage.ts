import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Engine, ImageFacts } from "../../src/ports/engine.js";
import { deriveImage, inContainer } from "./deriveImage.js";
import { baseImage } from "./testEngine.js";

const install = `
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update && apt-get -q -y --no-install-recommends install dnf rpm createrepo-c`;

/** Fedora's shape: dnf and its repository, and nothing of apt. */
const shape = `
  rm /usr/bin/apt* /usr/bin/dpkg*
  mkdir -p /etc/yum.repos.d
  printf '[test]\\nname=test\\nbaseurl=file:///repo\\ngpgcheck=0\\n' >/etc/yum.repos.d/test.repo`;

/**
 * An image in which the real dnf (Debian's) installs real rpms: those are made here of Debian's packages, because no
 * repository of rpms can be reached. Takes a minute. The caller removes it.
 */
export async function makeDnfImage(engine: Engine): Promise<ImageFacts> {
  const withDnf = await deriveImage(engine, baseImage, install);
  try {
    const script = await readFile(join(import.meta.dirname, "rpmRepository.sh"), "utf8");
    return await inContainer(engine, withDnf.id, script, undefined, async (id) => {
      const files = new PassThrough();
      const [image] = await Promise.all([
        deriveImage(engine, withDnf.id, shape, files),
        pipeline(await engine.getArchive(id, "/repo"), files),
      ]);
      return image;
    });
  } finally {
    await engine.removeImage(withDnf.tags[0] ?? withDnf.id);
  }
}
