import type { AgentError, ErrorCode } from "../model/errors.js";

/** What a button below an error does about it. */
export type ErrorAction =
  | { kind: "retry" }
  | { kind: "chooseEngine" }
  | { kind: "showHealth" }
  | { kind: "create" }
  | { kind: "setSecret" }
  /** Looks for what can be removed from the engine. */
  | { kind: "prune" }
  | { kind: "refresh" }
  /** Shows `error.log`, or the extension's own log where the error brings none. */
  | { kind: "showLog" }
  /** Lets the user look at the SSH key of a host in a terminal, and accept it there. */
  | { kind: "acceptHostKey" }
  | { kind: "useName"; name: string }
  /** Joins the network that exists, as it is. */
  | { kind: "useNetwork"; name: string }
  | { kind: "networkSettings" }
  /** Opens the editor's own page on what is trusted. */
  | { kind: "manageTrust" }
  | { kind: "changeAnswers" };

/** What the place that failed can offer. */
export interface Offers {
  retry: boolean;
  /** True where another name can be taken for the same request. */
  rename: boolean;
  /** True where another network can be taken for the same request. */
  network: boolean;
  /** True where the request came from questions that can be asked again. */
  changeAnswers: boolean;
}

const byCode: Partial<Record<ErrorCode, readonly ErrorAction["kind"][]>> = {
  ENGINE_NOT_FOUND: ["retry", "chooseEngine"],
  ENGINE_UNREACHABLE: ["retry", "chooseEngine"],
  ENGINE_PERMISSION: ["retry", "chooseEngine"],
  ENGINE_TIMEOUT: ["retry", "showHealth"],
  ENGINE_TLS: ["retry", "chooseEngine"],
  HOST_KEY_UNKNOWN: ["acceptHostKey", "retry"],
  NAME_CONFLICT: ["useName", "changeAnswers"],
  NETWORK_CONFLICT: ["useNetwork", "networkSettings", "retry"],
  NOT_FOUND: ["create"],
  SPEC_INVALID: ["changeAnswers"],
  IMAGE_NOT_FOUND: ["changeAnswers", "retry"],
  WORKSPACE_INVALID: ["changeAnswers"],
  WORKSPACE_UNTRUSTED: ["manageTrust", "retry"],
  MOUNT_INVALID: ["changeAnswers"],
  SECRET_UNAVAILABLE: ["setSecret", "retry", "changeAnswers"],
  REGISTRY_UNREACHABLE: ["retry", "changeAnswers"],
  REGISTRY_AUTH: ["retry", "changeAnswers"],
  BUILD_FAILED: ["showLog", "retry", "changeAnswers"],
  PREPARE_FAILED: ["showLog", "retry"],
  START_FAILED: ["showLog", "retry"],
  EXEC_FAILED: ["showLog"],
  INTERNAL: ["showLog"],
  SNAPSHOT_NOT_FOUND: ["refresh", "retry"],
  SNAPSHOT_LOSSY: ["create"],
  NO_SPACE: ["prune", "retry", "showLog"],
};

/** The buttons for an error, the fixing one first: by its code, and as far as the place can offer them. */
export function errorActions(error: AgentError, offers: Offers): readonly ErrorAction[] {
  const usual = byCode[error.code] ?? ["retry", "showLog"];
  // What several came to is in the log that it brings.
  const kinds = error.log && !usual.includes("showLog") ? ["showLog" as const, ...usual] : usual;
  return kinds.flatMap((kind): ErrorAction[] => {
    switch (kind) {
      case "useName":
        return offers.rename && error.suggestion ? [{ kind, name: error.suggestion }] : [];
      case "useNetwork":
        return offers.network && error.suggestion ? [{ kind, name: error.suggestion }] : [];
      case "retry":
        return offers.retry ? [{ kind }] : [];
      case "changeAnswers":
        return offers.changeAnswers ? [{ kind }] : [];
      default:
        return [{ kind }];
    }
  });
}

/** The error as one text for a message: what went wrong, and what to do about it. */
export function errorText(error: AgentError): string {
  return [error.message, error.remedy].filter(Boolean).join(" ");
}
