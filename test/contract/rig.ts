import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import { pipeline } from "node:stream/promises";
import type { ContainerBody } from "../../src/model/containerBody.js";
import type { Engine } from "../../src/ports/engine.js";
import { baseImage, uniqueName } from "../support/testEngine.js";

/** A command that goes on until it is told to stop. The fake and the real engine both know it. */
export const keepAlive = ["sleep", "infinity"];

/** What one suite made, found by its label, so that it can stand beside other people's containers. */
export interface Rig {
  engine: Engine;
  /** `key=value` that no one else uses. */
  label: string;
  /** The same as an object. */
  labels: Record<string, string>;
  body(parts?: Partial<ContainerBody>): ContainerBody;
  /** Creates, and starts where asked; removed at the end. */
  container(parts?: Partial<ContainerBody>): Promise<string>;
  running(parts?: Partial<ContainerBody>): Promise<string>;
  cleanUp(): Promise<void>;
}

export function createRig(engine: Engine): Rig {
  const key = "agent-containers-test";
  const value = uniqueName();
  const label = `${key}=${value}`;
  const rig: Rig = {
    engine,
    label,
    labels: { [key]: value },
    body: (parts = {}) => ({
      Image: baseImage,
      Cmd: keepAlive,
      ...parts,
      // Init, because `sleep` as PID 1 heeds no TERM.
      HostConfig: { NetworkMode: "none", Init: true, ...parts.HostConfig },
      Labels: { [key]: value, ...parts.Labels },
    }),
    async container(parts) {
      return (await engine.createContainer(uniqueName(), rig.body(parts))).id;
    },
    async running(parts) {
      const id = await rig.container(parts);
      await engine.startContainer(id);
      return id;
    },
    async cleanUp() {
      for (const { id } of await engine.listContainers(label)) await engine.removeContainer(id);
      // By their names first: an image with two is not removed by its id.
      for (const { tags } of await engine.listImages(label))
        for (const tag of tags) await engine.removeImage(tag);
      for (const { id } of await engine.listImages(label)) await engine.removeImage(id);
      for (const { name } of await engine.listVolumes(label)) await engine.removeVolume(name);
      for (const network of await engine.listNetworks()) {
        if (network.labels[key] === value) await engine.removeNetwork(network.id);
      }
    },
  };
  return rig;
}

/** A tar archive of one file. */
export async function tarOf(name: string, bytes: string | Buffer, mode = 0o600): Promise<Buffer> {
  const packed = pack();
  packed.entry({ name, mode }, bytes);
  packed.finalize();
  return buffer(packed);
}

/** Name → mode and text of each file in a tar archive. */
export async function untar(tar: Buffer): Promise<Record<string, { mode: number; text: string }>> {
  const files: Record<string, { mode: number; text: string }> = {};
  const unpacked = extract();
  unpacked.on("entry", (header, stream, next) => {
    buffer(stream).then((bytes) => {
      if (header.type === "file")
        files[header.name] = { mode: (header.mode ?? 0) & 0o7777, text: bytes.toString() };
      next();
    }, next);
  });
  await pipeline([tar], unpacked);
  return files;
}
