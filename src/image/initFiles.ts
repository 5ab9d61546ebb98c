import { createHash } from "node:crypto";
import init from "./init/init.sh";
import prepareScript from "./init/prepare.sh";
import { renderSshdConfig } from "./sshdConfig.js";

/** The container's PID 1 in a prepared image. */
export const initPath = "/usr/local/lib/agent-containers/init";

/** What goes into every image that we prepare. */
export { init, prepareScript };

/** Changes with every byte of what we put in, so that an image prepared by another version is not taken for ours. */
export const initVersion = createHash("sha256")
  .update(JSON.stringify([init, prepareScript, renderSshdConfig("root"), renderSshdConfig("agent")]))
  .digest("hex")
  .slice(0, 16);
