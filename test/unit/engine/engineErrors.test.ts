import { describe, expect, it } from "vitest";
import type { Operation } from "../../../src/engine/engineErrors.js";
import { answerError } from "../../../src/engine/engineErrors.js";
import { pullError } from "../../../src/engine/pullErrors.js";
import { timeoutError, transportError } from "../../../src/engine/transportErrors.js";

const engine = "unix:///var/run/docker.sock";
const id = "4f".repeat(32);

/** The words are those of Engine 20.10, unless another is named. */
const answers: [Operation, number, string, string][] = [
  [
    "create",
    409,
    `Conflict. The container name "/x" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
    "NAME_CONFLICT",
  ],
  ["create", 404, "No such image: nothing:here", "IMAGE_NOT_FOUND"],
  ["create", 400, "invalid reference format: repository name must be lowercase", "SPEC_INVALID"],
  [
    "create",
    400,
    'invalid mount config for type "bind": bind source path does not exist: /nope',
    "MOUNT_INVALID",
  ],
  [
    "create",
    400,
    'create a!b: "a!b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed.',
    "MOUNT_INVALID",
  ],
  ["create", 400, "Duplicate mount point: /app", "MOUNT_INVALID"],
  ["create", 400, "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", "SPEC_INVALID"],
  ["create", 400, "Minimum memory limit allowed is 6MB", "SPEC_INVALID"],
  ["create", 400, "Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", "SPEC_INVALID"],
  [
    "create",
    500,
    "json: cannot unmarshal number into Go struct field ContainerConfigWrapper.Labels of type string",
    "SPEC_INVALID",
  ],
  ["create", 500, "mkdir /var/lib/docker/overlay2/ab: no space left on device", "NO_SPACE"],
  [
    "start",
    500,
    "driver failed programming external connectivity on endpoint x (ab): Bind for 127.0.0.1:8080 failed: port is already allocated",
    "PORT_CONFLICT",
  ],
  [
    "start",
    500,
    "driver failed programming external connectivity on endpoint x (ab): Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use",
    "PORT_CONFLICT",
  ],
  [
    "start",
    500,
    "Ports are not available: exposing port TCP 127.0.0.1:8080 -> 0.0.0.0:0: listen tcp 127.0.0.1:8080: bind: address already in use",
    "PORT_CONFLICT",
  ],
  ["start", 500, 'could not select device driver "nvidia" with capabilities: [[gpu]]', "NO_GPU"],
  ["start", 500, 'could not select device driver "" with capabilities: [[gpu]]', "NO_GPU"],
  [
    "start",
    400,
    'failed to create shim task: OCI runtime create failed: exec: "/nosuch": stat /nosuch: no such file or directory: unknown',
    "START_FAILED",
  ],
  ["start", 404, "network 0a1b2c not found", "NETWORK_CONFLICT"],
  ["start", 400, "network n is ambiguous (2 matches found on name)", "NETWORK_CONFLICT"],
  ["start", 409, "cannot start a paused container, try unpause instead", "START_FAILED"],
  ["start", 404, `No such container: ${id}`, "NOT_FOUND"],
  ["start", 500, "failed to create endpoint: no space left on device", "NO_SPACE"],
  ["container", 404, `No such container: ${id}`, "NOT_FOUND"],
  ["container", 500, "write /x: no space left on device", "NO_SPACE"],
  ["archive", 404, "Could not find the file /nope in container 4f4f", "NOT_FOUND"],
  ["archive", 404, `No such container: ${id}`, "NOT_FOUND"],
  [
    "archive",
    500,
    "Error processing tar file(exit status 1): write /big: no space left on device",
    "NO_SPACE",
  ],
  ["exec", 409, `Container ${id} is not running`, "NOT_RUNNING"],
  ["exec", 409, `Container ${id} is paused, unpause the container before exec`, "NOT_RUNNING"],
  ["exec", 409, `Container ${id} is restarting, wait until the container is running`, "NOT_RUNNING"],
  ["exec", 404, `No such container: ${id}`, "NOT_FOUND"],
  ["exec", 400, "No exec command specified", "EXEC_FAILED"],
  [
    "exec",
    400,
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "x": executable file not found in $PATH',
    "EXEC_FAILED",
  ],
  ["image", 404, "No such image: nothing:here", "IMAGE_NOT_FOUND"],
  ["removeImage", 404, "No such image: nothing:here", "IMAGE_NOT_FOUND"],
  [
    "removeImage",
    409,
    'conflict: unable to remove repository reference "x:1" (must force) - container ab is using its referenced image cd',
    "ENGINE_FAILED",
  ],
  ["network", 409, "network with name n already exists", "NETWORK_CONFLICT"],
  ["network", 403, "Pool overlaps with other one on this address space", "NETWORK_CONFLICT"],
  ["network", 403, "error while removing network: network n id ab has active endpoints", "NETWORK_CONFLICT"],
  [
    "network",
    500,
    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
    "NETWORK_CONFLICT",
  ],
  ["network", 404, "network ab not found", "NOT_FOUND"],
  ["volume", 404, "get v: no such volume", "NOT_FOUND"],
  ["volume", 409, "remove v: volume is in use - [ab]", "ENGINE_FAILED"],
  ["other", 400, "Client sent an HTTP request to an HTTPS server.", "ENGINE_TLS"],
  ["other", 400, "client version 1.99 is too new. Maximum supported API version is 1.41", "UNSUPPORTED"],
  ["other", 301, "Moved Permanently", "ENGINE_FAILED"],
  ["other", 503, "", "ENGINE_FAILED"],
];

/** The words that another generation has for the same refusal, heard from 26.1 and 28.5 (and 20.10 where it says so). */
const newerAnswers: [Operation, number, string, string][] = [
  [
    "create",
    400,
    "invalid reference format: repository name (library/UPPER) must be lowercase",
    "SPEC_INVALID",
  ],
  ["create", 400, "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", "SPEC_INVALID"],
  [
    "create",
    400,
    'invalid mount config for type "volume": subpath must be a relative path within the volume',
    "MOUNT_INVALID",
  ],
  ["create", 400, 'invalid mount config for type "image": mount type unknown', "MOUNT_INVALID"],
  [
    "create",
    404,
    'create v: error looking up volume plugin nodriver: plugin "nodriver" not found',
    "MOUNT_INVALID",
  ],
  [
    "create",
    500,
    "--storage-opt is supported only for overlay over xfs with 'pquota' mount option",
    "SPEC_INVALID",
  ],
  ["create", 500, 'invalid --security-opt 2: "wat=1"', "SPEC_INVALID"],
  // 20.10 and 26; then 28.
  ["create", 500, `Invalid isolation: "wat" - linux only supports 'default'`, "SPEC_INVALID"],
  ["create", 400, "invalid isolation (wat): linux only supports 'default'", "SPEC_INVALID"],
  ["create", 500, "Cannot mkdir: /etc/passwd is not a directory", "SPEC_INVALID"],
  // 20.10, then later ones.
  ["create", 400, "Unknown runtime specified nvidia", "NO_GPU"],
  ["create", 400, "unknown or invalid runtime name: nvidia", "NO_GPU"],
  ["create", 400, "unknown or invalid runtime name: wat", "SPEC_INVALID"],
  [
    "create",
    404,
    "image with reference debian:bookworm-slim was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64",
    "IMAGE_NOT_FOUND",
  ],
  [
    "create",
    404,
    "image with reference debian:bookworm-slim was found but its platform (linux/amd64) does not match the specified platform (linux/arm64)",
    "IMAGE_NOT_FOUND",
  ],
  [
    "create",
    400,
    "invalid JSON: json: cannot unmarshal string into Go struct field .HostConfig.Memory of type int64",
    "SPEC_INVALID",
  ],
  [
    "create",
    400,
    "invalid config for network n: invalid endpoint settings:\nno configured subnet or ip-range contain the IP address 10.9.9.9",
    "SPEC_INVALID",
  ],
  [
    "start",
    500,
    "failed to set up container networking: driver failed programming external connectivity on endpoint x (ab): Bind for 127.0.0.1:8080 failed: port is already allocated",
    "PORT_CONFLICT",
  ],
  [
    "start",
    500,
    "failed to set up container networking: driver failed programming external connectivity on endpoint x (ab): failed to bind host port for 127.0.0.1:8080:172.17.0.2:22/tcp: address already in use",
    "PORT_CONFLICT",
  ],
  ["start", 404, "failed to set up container networking: network n not found", "NETWORK_CONFLICT"],
  // The IP address of the container, and no port: 20.10 and 26; then 28.
  ["start", 403, "Address already in use", "START_FAILED"],
  ["start", 403, "failed to set up container networking: Address already in use", "START_FAILED"],
  ["start", 500, "CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=all", "NO_GPU"],
  [
    "start",
    404,
    "cannot access path /var/lib/docker/volumes/v/_data/nope: lstat /var/lib/docker/volumes/v/_data/nope: no such file or directory",
    "START_FAILED",
  ],
  ["pause", 409, `container ${id} is not running`, "NOT_RUNNING"],
  ["exec", 409, `container ${id} is not running`, "NOT_RUNNING"],
  ["exec", 400, "unable to find user nope: no matching entries in passwd file", "EXEC_FAILED"],
  [
    "rename",
    400,
    "Error when allocating new name: Invalid container name (/a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
    "SPEC_INVALID",
  ],
  // 20.10, then later ones.
  [
    "image",
    400,
    "no such image: UPPER: invalid reference format: repository name must be lowercase",
    "SPEC_INVALID",
  ],
  [
    "image",
    400,
    "invalid reference format: repository name (library/UPPER) must be lowercase",
    "SPEC_INVALID",
  ],
  ["image", 404, "No such image: nothing/here:latest", "IMAGE_NOT_FOUND"],
  [
    "network",
    403,
    "invalid pool request: Pool overlaps with other one on this address space",
    "NETWORK_CONFLICT",
  ],
  [
    "network",
    403,
    'error while removing network: network n has active endpoints (name:"x" id:"ab")',
    "NETWORK_CONFLICT",
  ],
  ["network", 403, "operation is not permitted on predefined bridge network", "NETWORK_CONFLICT"],
  // 20.10, then later ones.
  ["network", 500, "Invalid subnet wat : invalid CIDR address: wat", "SPEC_INVALID"],
  [
    "network",
    400,
    "invalid network config:\ninvalid subnet 10.1.1.7/24: it should be 10.1.1.0/24",
    "SPEC_INVALID",
  ],
  [
    "network",
    500,
    "failed to allocate gateway (10.9.9.9): Requested address is out of range",
    "SPEC_INVALID",
  ],
];

describe("answerError", () => {
  it.each([...answers, ...newerAnswers])("%s, %d %s: %s", (operation, status, message, code) => {
    const error = answerError({ operation, status, message, subject: "x", engine });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^[A-Z"].*\.$/s);
    expect(error.message).not.toMatch(/\.\.$/);
  });

  it("gives the engine's own words where it has no better", () => {
    const error = answerError({ operation: "other", status: 500, message: "weird.", subject: "", engine });
    expect(error.message).toBe(`The Docker engine at ${engine} refused (500): weird.`);
  });

  it("names the port that is taken", () => {
    const told = [...answers, ...newerAnswers].filter(([, , , code]) => code === "PORT_CONFLICT");
    const sentences = told
      .filter(([, , text]) => text.includes("127.0.0.1:8080"))
      .map(
        ([operation, status, message]) =>
          answerError({ operation, status, message, subject: id, engine }).message,
      );
    expect(sentences).toHaveLength(5);
    expect(new Set(sentences)).toEqual(new Set(["A port is already in use: 127.0.0.1:8080."]));
  });

  it("shortens ids", () => {
    const error = answerError({
      operation: "container",
      status: 404,
      message: "No such container",
      subject: id,
      engine,
    });
    expect(error.message).toBe("There is no container 4f4f4f4f4f4f.");
  });
});

describe("transportError", () => {
  const cases: [string, string, string][] = [
    ["ENOENT", "ENGINE_NOT_FOUND", `No Docker engine at ${engine}.`],
    ["ENOTFOUND", "ENGINE_NOT_FOUND", `The host of the Docker engine ${engine} is not known.`],
    ["ECONNREFUSED", "ENGINE_UNREACHABLE", `The Docker engine at ${engine} is not running.`],
    ["EHOSTUNREACH", "ENGINE_UNREACHABLE", `The Docker engine at ${engine} cannot be reached from here.`],
    ["ECONNRESET", "ENGINE_UNREACHABLE", `The connection to the Docker engine at ${engine} was lost.`],
    ["EPIPE", "ENGINE_UNREACHABLE", `The connection to the Docker engine at ${engine} was lost.`],
    ["EACCES", "ENGINE_PERMISSION", `You are not allowed to use the Docker engine at ${engine}.`],
    ["ETIMEDOUT", "ENGINE_TIMEOUT", `The Docker engine at ${engine} did not answer in time.`],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "ENGINE_TLS", "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "ENGINE_TLS", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["EPROTO", "ENGINE_TLS", "EPROTO"],
    ["HPE_INVALID_CONSTANT", "ENGINE_FAILED", `What answers at ${engine} is not a Docker engine.`],
    ["", "ENGINE_FAILED", "words"],
  ];
  it.each(cases)("%s: %s", (code, expected, sentence) => {
    const error = transportError(engine, Object.assign(new Error("words"), code && { code }));
    expect(error.code).toBe(expected);
    expect(error.message).toContain(sentence);
    expect(error.remedy).toBeTruthy();
  });

  it("knows a lost connection by its text, where Node gives no code", () => {
    expect(transportError(engine, new Error("aborted")).code).toBe("ENGINE_UNREACHABLE");
  });

  it("tells how to start Docker, and of the docker group", () => {
    expect(transportError(engine, Object.assign(new Error(), { code: "ENOENT" })).remedy).toBe(
      "Start Docker, or choose another engine in the setting agentContainers.engine.",
    );
    expect(transportError(engine, Object.assign(new Error(), { code: "EACCES" })).remedy).toContain(
      "docker group",
    );
  });

  it("leaves our own errors as they are", () => {
    const own = timeoutError(engine, 5000);
    expect(transportError(engine, own)).toBe(own);
    expect(own.message).toBe(`The Docker engine at ${engine} did not answer within 5 s.`);
  });
});

describe("pullError", () => {
  const cases: [string, string][] = [
    ["manifest for debian:nope not found: manifest unknown: manifest unknown", "IMAGE_NOT_FOUND"],
    [
      "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      "IMAGE_NOT_FOUND",
    ],
    ["no matching manifest for linux/arm64 in the manifest list entries", "IMAGE_NOT_FOUND"],
    ["error pulling image configuration: download failed after attempts=6: unauthorized", "REGISTRY_AUTH"],
    ['Head "https://ghcr.io/v2/a/b/manifests/latest": denied', "REGISTRY_AUTH"],
    ["Get http://r/v2/x: no basic auth credentials", "REGISTRY_AUTH"],
    ["unauthorized: authentication required", "REGISTRY_AUTH"],
    [
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host',
      "REGISTRY_UNREACHABLE",
    ],
    [
      'Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
      "REGISTRY_UNREACHABLE",
    ],
    [
      "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
      "REGISTRY_UNREACHABLE",
    ],
    ["toomanyrequests: You have reached your pull rate limit", "REGISTRY_UNREACHABLE"],
    ["failed to register layer: write /x: no space left on device", "NO_SPACE"],
    ["invalid reference format: repository name must be lowercase", "SPEC_INVALID"],
    ["filesystem layer verification failed for digest sha256:ab", "ENGINE_FAILED"],
  ];
  it.each(cases)("%s: %s", (message, code) => {
    const error = pullError("x:1", message);
    expect(error.code).toBe(code);
  });

  it("mentions docker login where Docker Hub hides a private repository", () => {
    expect(pullError("x", cases[1]?.[0] ?? "").remedy).toContain("docker login");
  });
});
