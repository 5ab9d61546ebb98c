import type Docker from "dockerode";
import { isAgentError } from "../model/errors.js";
import type { Engine, NetworkFacts } from "../ports/engine.js";
import type { Client, Split } from "./client.js";
import { pathPart, requireId } from "./client.js";
import { factsFromList } from "./containerFacts.js";
import type { NetworkItem } from "./records.js";
import { created, networkItem, networkItems, readAnswer } from "./records.js";

type Networks = Pick<
  Engine,
  | "findNetwork"
  | "listNetworks"
  | "createNetwork"
  | "listNetworkContainers"
  | "connectNetwork"
  | "removeNetwork"
>;

/** The verbs of networks. See the port. */
export function createNetworks(client: Client): Networks {
  const list = async (names: string[] | undefined, signal: AbortSignal | undefined) => {
    const answer = await client.run({ operation: "network", subject: "networks", signal }, (docker) =>
      docker.listNetworks(names && { filters: { name: names } }),
    );
    return readAnswer(networkItems, answer, "the list of networks").map(facts);
  };

  return {
    async findNetwork(name, signal) {
      // The engine's filter is a pattern that matches anywhere in a name.
      return (await list([name], signal)).find((network) => network.name === name);
    },

    listNetworks: (signal) => list(undefined, signal),

    async createNetwork(config, labels, signal) {
      const { name, subnet, gateway } = config;
      const pool = { ...(subnet && { Subnet: subnet }), ...(gateway && { Gateway: gateway }) };
      return client.run({ operation: "network", subject: name, signal }, async (docker, seen) => {
        const body: Docker.NetworkCreateOptions = {
          Name: name,
          Driver: "bridge",
          // Engines before 25 make a second network of the same name without it.
          CheckDuplicate: true,
          ...(subnet && { IPAM: { Driver: "default", Config: [pool] } }),
          Labels: labels,
        };
        const options: Docker.NetworkCreateOptions & Split = { Name: name, _query: {}, _body: body };
        await docker.createNetwork(options);
        return readAnswer(created, seen.value, "the new network").Id;
      });
    },

    async listNetworkContainers(networkId, signal) {
      requireId(networkId, "network");
      const call = { operation: "network", subject: networkId, signal } as const;
      const network = await client.run(call, (docker): Promise<unknown> =>
        docker.getNetwork(pathPart(networkId)).inspect(),
      );
      const { Id, Name } = readAnswer(networkItem, network, `the network ${networkId}`);
      // A container that never ran knows its network by the name that it was given, one that ran by the id.
      const items = await client.run(call, (docker) =>
        docker.listContainers({ all: true, filters: { network: [Id, Name] } }),
      );
      return factsFromList(items).map(({ id }) => id);
    },

    async connectNetwork(name, containerId, endpoint, signal) {
      requireId(containerId);
      const request = { Container: containerId, EndpointConfig: endpoint };
      await client.run({ operation: "network", subject: name, signal }, (docker): Promise<unknown> =>
        docker.getNetwork(pathPart(name)).connect(request),
      );
    },

    async removeNetwork(id, signal) {
      requireId(id, "network");
      try {
        await client.run({ operation: "network", subject: id, signal }, (docker): Promise<unknown> =>
          docker.getNetwork(pathPart(id)).remove(),
        );
      } catch (error) {
        if (!isAgentError(error, "NOT_FOUND")) throw error;
      }
    },
  };
}

function facts({ Id, Name, Created, Driver, Labels, IPAM }: NetworkItem): NetworkFacts {
  // A network with IPv6 has a second pool.
  const pool = IPAM.Config.find(({ Subnet }) => Subnet !== undefined && !Subnet.includes(":"));
  return {
    id: Id,
    name: Name,
    createdAt: new Date(Created),
    driver: Driver,
    labels: Labels,
    ...(pool?.Subnet && { subnet: pool.Subnet }),
    ...(pool?.Gateway && { gateway: pool.Gateway }),
  };
}
