import type { ContainerBody } from "../model/containerBody.js";
import { replacesLabel, wasRunningLabel } from "../model/currentAgents.js";
import type { Work } from "./context.js";
import { ownerLabel } from "./owner.js";

/**
 * The request with the mark of the verb that makes it. What a snapshot's image says of the verb that made the container
 * it shows is taken back: a container inherits the labels of its image.
 */
export function owned(body: ContainerBody, { owner = "" }: Pick<Work, "owner">): ContainerBody {
  const none = { [replacesLabel]: "", [wasRunningLabel]: "" };
  return { ...body, Labels: { ...none, ...body.Labels, [ownerLabel]: owner } };
}
