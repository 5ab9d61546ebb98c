import type { ContainerBody } from "../containerBody.js";
import type { Draft } from "./flag.js";
import { startArgInvalid } from "./invalid.js";
import type { ParsedStartArgs } from "./parseStartArgs.js";

const contradiction = (message: string) => startArgInvalid(message, "Remove one of them.");

/** What can be judged only when all flags are read. Throws `START_ARG_INVALID`. */
export function finishDraft(draft: Draft): ParsedStartArgs {
  const { config, host, env, envFile, labels, labelFile, networks, endpoint } = draft;
  if (host.LogConfig?.Type === "none" && Object.keys(host.LogConfig.Config).length > 0) {
    throw contradiction("--log-driver none takes no --log-opt.");
  }
  const hasHealth = Object.keys(config.Healthcheck ?? {}).length > 0;
  if (draft.noHealthcheck && hasHealth) {
    throw contradiction("--no-healthcheck and the --health-… flags contradict each other.");
  }
  if (draft.cdiDevices.length > 0) {
    // One request for all of them, after those of --gpus.
    (host.DeviceRequests ??= []).push({ Driver: "cdi", DeviceIDs: draft.cdiDevices });
  }
  const variables = [...envFile, ...env.values()];
  const allLabels = { ...labelFile, ...labels };
  const body: Partial<ContainerBody> = {
    ...config,
    ...(variables.length > 0 && { Env: variables }),
    ...(Object.keys(allLabels).length > 0 && { Labels: allLabels }),
    ...(Object.keys(host).length > 0 && { HostConfig: host }),
  };
  if (draft.noHealthcheck) body.Healthcheck = { Test: ["NONE"] };
  else if (!hasHealth) delete body.Healthcheck;
  return {
    body,
    network: { networks, endpoint },
    platform: draft.platform,
    needs: draft.needs && { apiVersion: `1.${draft.needs.minor}`, flag: draft.needs.flag },
  };
}
