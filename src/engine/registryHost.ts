/** The registry that a reference is pulled from. */
export interface RegistryHost {
  /** As it stands in the reference, and as `docker login` takes it; Docker Hub is `docker.io`. */
  host: string;
  /** Under which the Docker CLI keeps the login for it. */
  key: string;
}

const hub: RegistryHost = { host: "docker.io", key: "https://index.docker.io/v1/" };

/**
 * The first part of a reference is a registry where it could be nothing else: with a dot, a colon or an upper-case
 * letter, or as `localhost`. Source: github.com/distribution/reference, splitDockerDomain; docker/cli, cli/trust and
 * registry.GetAuthConfigKey for the key of Docker Hub.
 */
export function registryHostOf(reference: string): RegistryHost {
  const slash = reference.indexOf("/");
  const first = slash < 0 ? "" : reference.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  if (!isHost || first === "docker.io" || first === "index.docker.io") return hub;
  return { host: first, key: first };
}
