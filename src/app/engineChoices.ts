import { renderEndpoint } from "../model/endpoint.js";

/** An engine that a user can choose, beside the one that the Docker CLI would use. */
export interface EngineChoice {
  /** What the engine setting takes: `context:NAME`. */
  setting: string;
  name: string;
  description: string;
  /** Empty where it cannot be read. */
  endpoint: string;
  /** Why it cannot be used. */
  problem?: string;
}

/** The Docker contexts of this user, for a choice. Only reads files; connects to nothing. */
export async function engineChoices(surroundings: {
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
  platform: NodeJS.Platform;
}): Promise<EngineChoice[]> {
  const { listContexts } = await import("../engine/resolveEndpoint.js");
  const contexts = await listContexts(surroundings);
  return contexts.map(({ name, description, endpoint, problem }) => ({
    setting: `context:${name}`,
    name,
    description,
    endpoint: endpoint ? renderEndpoint(endpoint) : "",
    ...(problem && { problem }),
  }));
}
