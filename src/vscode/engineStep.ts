import type { EngineHealth } from "../model/health.js";
import type { Translate } from "./text.js";

/** Which step on the way to an engine failed, in words; undefined where none did. */
export function failedStep({ reachable, problem }: EngineHealth, t: Translate): string | undefined {
  if (!problem) return undefined;
  // It answers, but not everything.
  if (reachable) return t("asking what it can do");
  switch (problem.code) {
    case "ENGINE_NOT_FOUND":
      return t("finding it");
    case "ENGINE_TLS":
      return t("the TLS handshake");
    case "ENGINE_TIMEOUT":
      return t("waiting for its answer");
    case "ENGINE_PERMISSION":
      return t("using its socket");
    case "SSH_AUTH":
      return t("the SSH login");
    case "HOST_KEY_UNKNOWN":
    case "HOST_KEY_CHANGED":
      return t("checking the host's SSH key");
    default:
      return t("connecting");
  }
}
