import { randomUUID } from "node:crypto";
import { Duplex } from "node:stream";
import { PbfReader, PbfWriter } from "pbf";
import type { BuildRequest, RegistryLogin } from "../ports/build.js";
import type { Client } from "./client.js";
import { serveGrpc, type GrpcMethod } from "./grpcServer.js";

/** The key under which `docker login` keeps Docker Hub's. */
const hubKey = "https://index.docker.io/v1/";

const health = "/grpc.health.v1.Health/Check";
const getSecret = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
const getCredentials = "/moby.filesync.v1.Auth/Credentials";

/** The first field of a message, which is text. */
function firstText(message: Uint8Array): string {
  return new PbfReader(message).readFields(
    (tag, into, pbf) => {
      if (tag === 1) into.text = pbf.readString();
    },
    { text: "" },
  ).text;
}

function finished(write: (pbf: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter();
  write(pbf);
  return pbf.finish();
}

/** A registry's login, as BuildKit wants it: an empty name says that the secret is an identity token. */
function credentials(login: RegistryLogin | undefined): Uint8Array {
  const { identitytoken = "", username = "", password = "" } = login ?? {};
  const byToken = identitytoken !== "";
  return finished((pbf) => {
    pbf.writeStringField(1, byToken ? "" : username);
    pbf.writeStringField(2, byToken ? identitytoken : password);
  });
}

/** What a build may ask of us: secrets by their ids, and logins by registry. Source: moby/buildkit, session/*.proto. */
function methodsFor({ secrets, logins = {} }: Pick<BuildRequest, "secrets" | "logins">) {
  const methods = new Map<string, GrpcMethod>([
    [health, () => finished((pbf) => pbf.writeVarintField(1, 1))],
  ]);
  methods.set(getSecret, (message) => {
    const data = secrets.get(firstText(message));
    return data && finished((pbf) => pbf.writeBytesField(1, data));
  });
  methods.set(getCredentials, (message) => {
    const host = firstText(message);
    return credentials(logins[host === "registry-1.docker.io" ? hubKey : host]);
  });
  return methods;
}

/** A session of BuildKit with the engine: its id for the build, and its end. */
export interface BuildSession {
  id: string;
  close: () => void;
}

/**
 * Opens a session, over which BuildKit asks for secrets and logins: they are in no request, no layer and no log.
 * Source: moby/buildkit, session/grpc.go and session/manager.go (`HandleHTTPRequest`).
 */
export async function openBuildSession(
  client: Client,
  request: Pick<BuildRequest, "secrets" | "logins">,
  signal?: AbortSignal,
): Promise<BuildSession> {
  const id = randomUUID();
  const methods = methodsFor(request);
  const socket = await client.dial(
    { operation: "build", subject: "session", signal, long: true },
    {
      path: "/session",
      method: "POST",
      hijack: true,
      upgrade: "h2c",
      headers: {
        "X-Docker-Expose-Session-Uuid": id,
        "X-Docker-Expose-Session-Name": "agent-containers",
        "X-Docker-Expose-Session-Sharedkey": "",
        "X-Docker-Expose-Session-Grpc-Method": [...methods.keys()],
      },
    },
  );
  if (!(socket instanceof Duplex)) throw new Error("an upgrade gives a socket");
  return { id, close: serveGrpc(socket, methods) };
}
