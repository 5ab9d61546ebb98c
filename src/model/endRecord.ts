import * as z from "zod";

/**
 * Why an agent stopped, as the client that stopped it wrote it down: a container keeps an exit code and a time, but
 * not who asked. It holds for the one end it names, by container and time.
 */
export interface EndRecord {
  /** The container that ended. */
  containerId: string;
  /** The engine's own time of the end, ISO. */
  at: string;
  /** `stop`: asked for by a user of this program. */
  by: "stop";
}

/** The section of an agent's record that it is in. */
export const endSection = "ended";

const endRecord = z.object({ containerId: z.string(), at: z.string(), by: z.literal("stop") });

/** Reads the section; undefined where it is absent, broken, or of a kind that only a newer version knows. */
export function parseEndRecord(section: unknown): EndRecord | undefined {
  const result = endRecord.safeParse(section);
  return result.success ? result.data : undefined;
}
