/** A flag of `docker create` or `docker run` that an agent's container cannot have, and why. */
export interface RefusedFlag {
  name: string;
  short?: string;
  /** The end of "… is not possible: …". */
  because: string;
}

const attached = "nothing is attached to an agent; open a terminal, or read its logs";
const image = "the image is chosen by the fields image and pull";
const windows = "it is for containers of Windows";

/** Source: docker/cli 28.2.2, `docker create --help` and `docker run --help`. */
export const refusedFlags: readonly RefusedFlag[] = [
  { name: "name", because: "the container has the agent's name; set the field name" },
  { name: "rm", because: "the agent must still be there after a stop" },
  { name: "detach", short: "d", because: "an agent is always detached" },
  { name: "interactive", short: "i", because: attached },
  { name: "tty", short: "t", because: attached },
  { name: "attach", short: "a", because: attached },
  { name: "detach-keys", because: attached },
  { name: "sig-proxy", because: attached },
  { name: "entrypoint", because: "our own init must come first; set the field command" },
  { name: "cidfile", because: "the id is in the answer of create" },
  { name: "pull", because: image },
  { name: "quiet", short: "q", because: image },
  { name: "disable-content-trust", because: image },
  { name: "use-api-socket", because: "it would give the agent the engine and your registry logins" },
  { name: "help", because: "it makes no container" },
  { name: "cpu-count", because: windows },
  { name: "cpu-percent", because: windows },
  { name: "io-maxbandwidth", because: windows },
  { name: "io-maxiops", because: windows },
];
