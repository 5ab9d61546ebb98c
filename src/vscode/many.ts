import { isAgentError, toAgentError, type AgentError } from "../model/errors.js";

/** One thing of several to do. */
export interface Job {
  id: string;
  name: string;
  /** Where it is done: so many at once there. */
  engine: string;
}

/** What became of several. */
export interface ManyResult<T> {
  done: readonly { job: Job; value: T }[];
  failed: readonly { job: Job; error: AgentError }[];
  /** Ended by the user, or not begun any more. */
  cancelled: readonly Job[];
}

/** How far several have come. */
export interface ManyProgress {
  done: number;
  failed: number;
  all: number;
  /** What is under way. */
  running: readonly Job[];
}

/**
 * Does `work` for every job, at most `perEngine` at once on each engine; one that fails keeps no other. When the
 * signal is aborted nothing more is begun, and what is under way ends as `work` takes its signal. Never rejects.
 */
export async function runMany<T>(
  jobs: readonly Job[],
  work: (job: Job) => Promise<T>,
  options: { perEngine: number; signal?: AbortSignal; onProgress?: (progress: ManyProgress) => void },
): Promise<ManyResult<T>> {
  const { perEngine, signal, onProgress } = options;
  const done: { job: Job; value: T }[] = [];
  const failed: { job: Job; error: AgentError }[] = [];
  const cancelled: Job[] = [];
  const running = new Set<Job>();
  const tell = () =>
    onProgress?.({ done: done.length, failed: failed.length, all: jobs.length, running: [...running] });

  const one = async (job: Job): Promise<void> => {
    if (signal?.aborted) {
      cancelled.push(job);
      return;
    }
    running.add(job);
    tell();
    try {
      done.push({ job, value: await work(job) });
    } catch (error) {
      if (signal?.aborted || isAgentError(error, "CANCELLED")) cancelled.push(job);
      else failed.push({ job, error: toAgentError(error) });
    }
    running.delete(job);
    tell();
  };
  const waiting = new Map<string, Job[]>();
  for (const job of jobs) waiting.set(job.engine, [...(waiting.get(job.engine) ?? []), job]);
  const worker = async (queue: Job[]): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) await one(job);
  };
  const workers = [...waiting.values()].flatMap((queue) =>
    Array.from({ length: Math.min(perEngine, queue.length) }, () => worker(queue)),
  );
  await Promise.all(workers);
  return { done, failed, cancelled };
}
