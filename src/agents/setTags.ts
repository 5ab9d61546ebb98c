import { AgentError } from "../model/errors.js";
import type { ContainerFacts } from "../ports/engine.js";
import { refuseForeign } from "./foreign.js";
import { requireLabels } from "./facts.js";

const sorted = (tags: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(tags).sort());

/**
 * Tags are a label of the container, and Docker fixes labels when a container is made (SPEC C4). What is so already
 * is success; anything else is `TAGS_IMMUTABLE`, and says how to get there.
 */
export function setAgentTags(facts: ContainerFacts, tags: Readonly<Record<string, string>>): ContainerFacts {
  refuseForeign(facts, "given tags");
  const labels = requireLabels(facts);
  if (sorted(labels.tags) === sorted(tags)) return facts;
  throw new AgentError(
    "TAGS_IMMUTABLE",
    `The tags of ${labels.name} cannot be changed: Docker fixes them at create.`,
    {
      field: "tags",
      remedy: `Create another agent with the tags ${JSON.stringify(tags)}, bring over what you need, and destroy ${labels.name}.`,
    },
  );
}
