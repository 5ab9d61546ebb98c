import { AgentError } from "../model/errors.js";
import type { Disposable } from "../util/dispose.js";
import { Session, type SessionOptions } from "./session.js";

/** What an engine setting is resolved with. */
export interface EngineSurroundings extends Omit<SessionOptions, "endpoint" | "registryLogins"> {
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
}

/** One engine that the user has named, or that the Docker CLI would use. */
export interface EngineSlot extends Disposable {
  /** Its name while the endpoint is not known: the setting, as it was given. */
  readonly unresolvedName: string;
  /** One session for the life of the slot; a failed resolution is tried again by the next caller. */
  session(): Promise<Session>;
  /** Settles when nothing is being written to it any more that nobody waits for. */
  settled(): Promise<void>;
}

/** `setting` is an endpoint, `context:NAME`, or undefined for what the Docker CLI would use. */
export function createSlot(
  setting: string | undefined,
  { env, platform, ...rest }: EngineSurroundings,
): EngineSlot {
  let resolved: Promise<Session> | undefined;
  const resolve = async (): Promise<Session> => {
    const { resolveEndpoint } = await import("../engine/resolveEndpoint.js");
    const { homeDir } = rest;
    const { endpoint } = await resolveEndpoint({ setting, env, homeDir, platform });
    return new Session({ endpoint, registryLogins: { env, homeDir, platform }, ...rest });
  };
  return {
    unresolvedName: setting ?? "docker",
    session: () =>
      (resolved ??= resolve().catch((error: unknown) => {
        resolved = undefined;
        throw error;
      })),
    async settled() {
      // One that could not be made writes nothing.
      await (await resolved?.catch(() => undefined))?.settled();
    },
    dispose() {
      // A session that could not be made has nothing to release.
      void resolved?.then((made) => made.dispose()).catch(() => undefined);
    },
  };
}

/** The engines of one core, each on its own: one that is away keeps no other from answering (SPEC E3). */
export class Engines implements Disposable {
  readonly slots: readonly [EngineSlot, ...EngineSlot[]];

  /** `main` is where agents are made when nothing else is said; what names the same engine twice counts once. */
  constructor(main: string | undefined, more: readonly string[], surroundings: EngineSurroundings) {
    const others = [...new Set(more)].filter((setting) => setting !== main);
    this.slots = [
      createSlot(main, surroundings),
      ...others.map((setting) => createSlot(setting, surroundings)),
    ];
  }

  /** The slot that `name` means, an endpoint or a setting as it was given; the main one when it is absent. */
  async choose(name: string | undefined): Promise<EngineSlot> {
    if (name === undefined) return this.slots[0];
    for (const slot of this.slots) {
      if (slot.unresolvedName === name) return slot;
      const session = await slot.session().catch(() => undefined);
      if (session?.name === name) return slot;
    }
    throw new AgentError("ENGINE_NOT_FOUND", `There is no engine "${name}" among yours.`, {
      field: "engine",
      remedy: "Name it in the settings agentContainers.engine or agentContainers.moreEngines.",
    });
  }

  dispose(): void {
    for (const slot of this.slots) slot.dispose();
  }
}
