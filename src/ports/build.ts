import type { Readable } from "node:stream";
import type { BuildOptions } from "../model/buildArgs/buildOptions.js";

/** How one registry is logged in to, as the engine's `X-Registry-Config` has it. */
export interface RegistryLogin {
  username?: string;
  password?: string;
  /** In place of a password. */
  identitytoken?: string;
}

/** One image to build. */
export interface BuildRequest {
  options: BuildOptions;
  /** False: with the engine's older builder. */
  buildKit: boolean;
  /** `repository:tag` of the image. */
  reference: string;
  /** The path of the Dockerfile in the context, with slashes. */
  dockerfile: string;
  /** The build's context as a tar archive; read once, destroyed with the build. */
  context: Readable;
  /** What `RUN --mount=type=secret,id=…` sees; BuildKit only. */
  secrets: ReadonlyMap<string, Uint8Array>;
  /** Registry, as in Docker's `config.json` → login, for base images; those of this machine's user when absent. */
  logins?: Readonly<Record<string, RegistryLogin>>;
}
