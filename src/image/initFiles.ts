import { createHash } from "node:crypto";
import init from "./init/init.sh";
import prepareScript from "./init/prepare.sh";
import secretsScript from "./init/secrets.sh";
import sessionsScript from "./init/sessions.sh";
import tailscaleScript from "./init/tailscale.sh";
import { renderSshdConfig } from "./sshdConfig.js";

/** Where what we put into a prepared image lies. */
const folder = "/usr/local/lib/agent-containers";

/** The container's PID 1 in a prepared image. */
export const initPath = `${folder}/init`;
/** Takes secrets in, and runs commands with them. */
export const secretsPath = `${folder}/secrets`;
/** Keeps tailscaled up, and logs it in. */
export const tailscalePath = `${folder}/tailscale`;

/** What goes into every image that we prepare. */
export { init, prepareScript, secretsScript, sessionsScript, tailscaleScript };

/** Changes with every byte of what we put in, so that an image prepared by another version is not taken for ours. */
export const initVersion = createHash("sha256")
  .update(
    JSON.stringify([
      init,
      prepareScript,
      secretsScript,
      tailscaleScript,
      sessionsScript,
      renderSshdConfig("root"),
      renderSshdConfig("agent"),
    ]),
  )
  .digest("hex")
  .slice(0, 16);
