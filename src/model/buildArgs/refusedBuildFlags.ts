import type { RefusedFlag } from "../startArgs/refusedFlags.js";

const named = "the image is named by us, so that it can be found and cleaned up";
const ours = "the image must be on the engine, for the agent to be made from it";
const shown = "the build's progress and log are shown by us";
const cleaned = "what a build leaves behind is always removed";
const unasked = "the engine's API has no field for it";
const builders = "the build is done by the agent's own engine";

/** Flags of `docker build` that an agent's image cannot have. Source: docker/cli and docker/buildx, `build --help`. */
export const refusedBuildFlags: readonly RefusedFlag[] = [
  { name: "file", short: "f", because: "it is the field dockerfile.path" },
  { name: "tag", short: "t", because: named },
  { name: "iidfile", because: named },
  { name: "metadata-file", because: named },
  { name: "output", short: "o", because: ours },
  { name: "push", because: ours },
  { name: "load", because: ours },
  { name: "cache-to", because: "the cache stays in the engine; other places need a builder of your own" },
  { name: "ssh", because: "your SSH agent would have to be reachable from the engine" },
  { name: "squash", because: "engines squash in experimental mode only, and BuildKit never" },
  { name: "stream", because: "Docker has taken it away" },
  { name: "progress", because: shown },
  { name: "quiet", short: "q", because: shown },
  { name: "call", because: "it builds no image" },
  { name: "check", because: "it builds no image" },
  { name: "print", because: "it builds no image" },
  { name: "help", because: "it builds no image" },
  { name: "debug", short: "D", because: shown },
  { name: "rm", because: cleaned },
  { name: "force-rm", because: cleaned },
  { name: "builder", because: builders },
  { name: "allow", because: builders },
  { name: "build-context", because: unasked },
  { name: "no-cache-filter", because: unasked },
  { name: "annotation", because: unasked },
  { name: "attest", because: unasked },
  { name: "sbom", because: unasked },
  { name: "provenance", because: unasked },
  { name: "policy", because: unasked },
  { name: "isolation", because: "it is for containers of Windows" },
  { name: "security-opt", because: "it is for containers of Windows" },
  { name: "compress", because: "the context is sent as it is" },
  { name: "disable-content-trust", because: "base images are fetched by the engine" },
];
