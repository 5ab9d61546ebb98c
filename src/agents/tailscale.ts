import { tailscalePath } from "../image/initFiles.js";
import type { HostConfig } from "../model/containerBody.js";
import { AgentError, isAgentError } from "../model/errors.js";
import type { AgentSpec } from "../model/spec.js";
import type { SecretDelivery } from "../secrets/secretFiles.js";
import { collect } from "../util/sinks.js";
import type { AgentContext } from "./context.js";

const device = "/dev/net/tun";

/** What an agent on a tailnet may do more than others: make and use a tunnel (SPEC C8). */
export function tailscaleHostConfig({ tailscale }: AgentSpec): Pick<HostConfig, "CapAdd" | "Devices"> {
  if (!tailscale) return {};
  return {
    CapAdd: ["NET_ADMIN"],
    Devices: [{ PathOnHost: device, PathInContainer: device, CgroupPermissions: "rwm" }],
  };
}

/** The arguments of `tailscale up`, one a line, for `image/init/tailscale.sh`; undefined without tailscale. */
export function tailscaleArguments({ tailscale }: AgentSpec): readonly string[] | undefined {
  if (!tailscale) return undefined;
  if (tailscale === true) return [];
  return [...(tailscale.hostname ? [`--hostname=${tailscale.hostname}`] : []), ...tailscale.args];
}

/** A start that failed for want of the device, as what it is; any other error as it came. */
export function explainDevice(spec: AgentSpec, error: unknown): unknown {
  if (!spec.tailscale || !isAgentError(error, "START_FAILED") || !error.message.includes(device))
    return error;
  return new AgentError("UNSUPPORTED", `The engine's host has no ${device}, which "tailscale" needs.`, {
    field: "tailscale",
    cause: error,
    remedy: "Load the kernel module there (modprobe tun), or create the agent without tailscale.",
  });
}

const install =
  'Use an image that has it: with "RUN curl -fsSL https://tailscale.com/install.sh | sh" in its Dockerfile, or on Alpine with "packages": ["tailscale"].';

/**
 * Joins the tailnet with the key that has been delivered, which is taken away again. `UNSUPPORTED` where the image has
 * no tailscale, `START_FAILED` with what tailscale said where the login fails.
 */
export async function joinTailnet(
  context: AgentContext,
  containerId: string,
  { tailscaleKey }: SecretDelivery,
  signal?: AbortSignal,
): Promise<void> {
  if (!tailscaleKey) return;
  const said = collect();
  const { exitCode } = await context.engine.exec(
    containerId,
    { command: [tailscalePath, "join"], user: "0", stdout: said.stream, stderr: said.stream },
    signal,
  );
  if (exitCode === 0) return;
  if (exitCode === 10) {
    throw new AgentError("UNSUPPORTED", 'There is no tailscale in the image, which "tailscale" needs.', {
      field: "tailscale",
      remedy: install,
    });
  }
  const what = exitCode === 11 ? "tailscaled did not start" : "tailscale could not log in";
  // It shows no key by itself; nothing is left to that.
  const log = said.text().trim().replaceAll(tailscaleKey.toString("utf8").trim(), "***");
  throw new AgentError("START_FAILED", `The agent is not on the tailnet: ${what} (code ${exitCode}).`, {
    field: "tailscale",
    log,
    remedy: "See what tailscale said; the auth key may have been used up or have expired.",
  });
}
