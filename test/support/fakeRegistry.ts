import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

const digestOf = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export interface FakeRegistry {
  /** `127.0.0.1:port`: engines talk plain HTTP to a registry on loopback. */
  host: string;
  close(): Promise<void>;
}

/**
 * A registry with one image of one layer as `good:1`, the same with a damaged layer as `broken:1`, and `private`, which
 * nobody may see. Everything else does not exist. Source: OCI Distribution Specification 1.1, pulling.
 */
export async function startFakeRegistry(): Promise<FakeRegistry> {
  const packed = pack();
  packed.entry({ name: "hello" }, "hello");
  packed.finalize();
  const tar = await buffer(packed);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: { Cmd: ["/hello"], Labels: { from: "fake-registry" } },
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
    }),
  );
  const manifestOf = (layerDigest: string) =>
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.docker.distribution.manifest.v2+json",
        config: {
          mediaType: "application/vnd.docker.container.image.v1+json",
          size: config.length,
          digest: digestOf(config),
        },
        layers: [
          {
            mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
            size: layer.length,
            digest: layerDigest,
          },
        ],
      }),
    );
  const absentLayer = digestOf(Buffer.from("never stored"));
  const manifests = new Map([
    ["good", manifestOf(digestOf(layer))],
    ["broken", manifestOf(absentLayer)],
  ]);
  const blobs = new Map([
    [digestOf(layer), layer],
    [digestOf(config), config],
  ]);

  const server = createServer((request, response) => {
    const send = (status: number, body: Buffer, headers: Record<string, string> = {}) => {
      response.writeHead(status, {
        "Docker-Distribution-Api-Version": "registry/2.0",
        "Content-Length": body.length,
        ...headers,
      });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    const fail = (status: number, code: string, headers?: Record<string, string>) =>
      send(
        status,
        Buffer.from(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replace("_", " ") }] })),
        {
          "Content-Type": "application/json",
          ...headers,
        },
      );
    const [, , name = "", kind = "", reference = ""] = (request.url ?? "").split("/");
    if (!name) return send(200, Buffer.from("{}"));
    if (name === "private") return fail(401, "UNAUTHORIZED", { "WWW-Authenticate": 'Basic realm="fake"' });
    const manifest = manifests.get(name);
    if (kind === "manifests" && manifest && (reference === "1" || reference === digestOf(manifest))) {
      return send(200, manifest, {
        "Content-Type": "application/vnd.docker.distribution.manifest.v2+json",
        "Docker-Content-Digest": digestOf(manifest),
      });
    }
    const blob = kind === "blobs" ? blobs.get(reference) : undefined;
    if (blob) return send(200, blob, { "Content-Type": "application/octet-stream" });
    return fail(404, kind === "blobs" ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
