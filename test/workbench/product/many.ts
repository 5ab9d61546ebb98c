import { request } from "node:http";
import { required } from "../support/environment";
import { docker } from "./engine";

/** One container to make, never started. */
export interface Given {
  name: string;
  labels: Record<string, string>;
}

async function post(path: string, body: unknown): Promise<void> {
  const socketPath = required("AGENT_CONTAINERS_TEST_ENGINE").replace(/^unix:\/\//, "");
  await new Promise<void>((resolve, reject) => {
    const headers = { "Content-Type": "application/json" };
    const sent = request({ socketPath, path, method: "POST", headers }, (response) => {
      response.resume();
      response.on("end", () =>
        response.statusCode === 201
          ? resolve()
          : reject(new Error(`${path}: ${String(response.statusCode)}`)),
      );
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

/** Makes containers that look like agents, a few at once; `mark` finds them again. */
export async function createMany(all: readonly Given[], mark: string): Promise<void> {
  const left = [...all];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      await post(`/containers/create?name=${next.name}`, {
        Image: "debian:bookworm-slim",
        Cmd: ["true"],
        HostConfig: { NetworkMode: "none" },
        Labels: { ...next.labels, [mark]: "1" },
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** Removes what `createMany` made under `mark`. */
export async function removeMany(mark: string): Promise<void> {
  const ids = await docker("ps", "-aq", "--filter", `label=${mark}`);
  while (ids.length > 0) await docker("rm", "-f", ...ids.splice(0, 50));
}
