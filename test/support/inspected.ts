import { request } from "node:http";
import { json } from "node:stream/consumers";

/** What `docker inspect` says of a container's making, without what belongs to this one container alone. */
export async function inspected(socketPath: string, name: string): Promise<Record<string, unknown>> {
  const answer = await ask(socketPath, "GET", `/containers/${name}/json`);
  const { Id, HostConfig, Config, NetworkSettings, Mounts } = answer as {
    Id: string;
    HostConfig: Record<string, unknown>;
    Config: Record<string, unknown>;
    NetworkSettings: { Networks: Record<string, unknown> };
    Mounts: { Destination: string }[];
  };
  const mounts = [...Mounts].sort((a, b) => (a.Destination < b.Destination ? -1 : 1));
  const text = JSON.stringify({ HostConfig, Config, Networks: NetworkSettings.Networks, Mounts: mounts })
    .replaceAll(Id, "ID")
    // The engine's own hostname and alias.
    .replaceAll(Id.slice(0, 12), "ID")
    .replaceAll(name, "NAME")
    // Names of anonymous volumes.
    .replace(/[0-9a-f]{64}/g, "HEX");
  return JSON.parse(text) as Record<string, unknown>;
}

/** With its anonymous volumes; one that is not there is no error. */
export async function remove(socketPath: string, name: string): Promise<void> {
  await ask(socketPath, "DELETE", `/containers/${name}?force=1&v=1`);
}

/** One request to an engine, past our own client. Resolves with what it answers, an error's too. */
export function ask(socketPath: string, method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path }, (response) => {
      if (response.statusCode !== 204) return resolve(json(response));
      response.resume();
      return resolve(undefined);
    })
      .on("error", reject)
      .end();
  });
}
