// @ts-check
// The image that agents start from by default.
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { aptInstall, canInstall } from "./apt.mjs";
import { cached } from "./cache.mjs";
import { run, say } from "./run.mjs";

/** Its name. */
export const BASE_IMAGE = "debian:bookworm-slim";
/** What the slim images leave out, under /usr/share. */
const SLIM = ["doc", "info", "lintian", "linda", "locale", "man"];

/**
 * Makes sure that an engine has the base image: pulled, or, where no registry answers, made from Debian's packages.
 * @param {string} endpoint
 * @throws {Error} When there is neither a registry nor a Debian to make it on.
 */
export async function ensureBaseImage(endpoint) {
  if ((await run("docker", ["-H", endpoint, "images", "-q", BASE_IMAGE])) !== "") return;
  try {
    say(`Pulling ${BASE_IMAGE}`);
    await run("docker", ["-H", endpoint, "pull", "--quiet", BASE_IMAGE], { timeoutMs: 180_000 });
  } catch (error) {
    if (!canInstall()) throw error;
    say(`No registry answers: making ${BASE_IMAGE} from Debian's packages`);
    await run("docker", [
      ...["-H", endpoint, "import", "--change", 'CMD ["bash"]'],
      ...["--change", "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      ...[await archive(), BASE_IMAGE],
    ]);
  }
}

/** @returns {Promise<string>} The path of a tar archive of the image's files. */
async function archive() {
  const name = "debian-bookworm-minbase";
  const folder = await cached(name, async (draft) => {
    await aptInstall(["mmdebstrap"], "to make the base image");
    const unfinished = join(draft, "unfinished.tar");
    const slim = SLIM.map((path) => `--dpkgopt=path-exclude=/usr/share/${path}/*`);
    await run("mmdebstrap", ["--variant=minbase", ...slim, "bookworm", unfinished], {
      log: join(draft, "log"),
    });
    await rename(unfinished, join(draft, "image.tar"));
  });
  return join(folder, "image.tar");
}
