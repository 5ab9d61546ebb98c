import type { ContainerBody } from "../model/containerBody.js";
import { describeRight, hostRightsOf } from "../model/hostRights.js";
import { labelKeys } from "../model/labels.js";
import type { AgentContext } from "./context.js";

/** The container with a label that says what it may do beyond itself, which is also said in the log (SPEC 13). */
export function withHostRights(
  { endpoint, log }: AgentContext,
  name: string,
  body: ContainerBody,
): ContainerBody {
  const rights = hostRightsOf(body, endpoint.kind === "unix" ? endpoint.path : undefined);
  for (const right of rights) log.warn(`${name}: this agent ${describeRight(right)}.`);
  return { ...body, Labels: { ...body.Labels, [labelKeys.hostRights]: rights.join(",") } };
}
