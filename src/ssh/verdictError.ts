import { AgentError } from "../model/errors.js";
import type { Verdict } from "./verifyHost.js";

/**
 * Why an agent could not be added, as `SSH_CONFIG_UNWRITABLE`. `anyway` is what ssh says of the user's configuration
 * after ours was taken back; undefined when it loads.
 */
export function refusal(
  verdict: Exclude<Verdict, { kind: "good" | "unknown" }>,
  userConfig: string,
  anyway: string | undefined,
): AgentError {
  const details = {
    remedy: `Correct ${userConfig}, then try again; the Agent Containers part has been taken out of it.`,
    log: anyway ?? (verdict.kind === "broken" ? verdict.reason : undefined),
  };
  if (anyway !== undefined) {
    return new AgentError(
      "SSH_CONFIG_UNWRITABLE",
      `ssh refuses your SSH configuration, with or without Agent Containers in it: ${anyway}`,
      { ...details, remedy: `Correct that line of your SSH configuration (${userConfig}), then try again.` },
    );
  }
  return new AgentError("SSH_CONFIG_UNWRITABLE", sentence(verdict), details);
}

function sentence(verdict: Exclude<Verdict, { kind: "good" | "unknown" }>): string {
  switch (verdict.kind) {
    case "broken":
      return `ssh refuses its configuration with the agent's part in it: ${verdict.reason}`;
    case "proxied":
      return "Your SSH configuration sends the agent's connection through a proxy, and that could not be turned off.";
    case "overridden":
      return (
        `Your SSH configuration overrides ${verdict.directive} of the agent's host: ` +
        `it is "${verdict.found}" and should be "${verdict.wanted}".`
      );
  }
}
