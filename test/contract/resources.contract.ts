import { describe, expect, it } from "vitest";
import { eventually, rejection } from "../support/collect.js";
import { baseImage, uniqueName } from "../support/testEngine.js";
import { tarOf, type Rig } from "./rig.js";

/** A /24 of 10.213–10.217 that is hardly anyone's: the engine is shared. */
function someSubnet(): { subnet: string; gateway: string } {
  const part = () => Math.floor(Math.random() * 250) + 1;
  const prefix = `10.${213 + Math.floor(Math.random() * 5)}.${part()}`;
  return { subnet: `${prefix}.0/24`, gateway: `${prefix}.1` };
}

export function resourceContract(rig: () => Rig): void {
  const ours = () => {
    const [key = "", value = ""] = rig().label.split("=");
    return { [key]: value };
  };

  describe("images", () => {
    it("are inspected by reference and by id; one that is not there is IMAGE_NOT_FOUND", async () => {
      const { engine } = rig();
      const image = await engine.inspectImage(baseImage);
      expect(image.id).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(image.tags).toContain(baseImage);
      expect(image).toMatchObject({ workingDir: "", user: "", architecture: "amd64", labels: {} });
      expect(image.sizeBytes).toBeGreaterThan(0);
      expect(await engine.inspectImage(image.id)).toEqual(image);
      await expect(engine.inspectImage("agent-containers-test/none")).rejects.toMatchObject({
        code: "IMAGE_NOT_FOUND",
      });
    });

    it("a commit gives an image with labels, which is listed, used, protected while used, and removed", async () => {
      const { engine } = rig();
      const id = await rig().container();
      const reference = `agent-containers-test:${uniqueName()}`;
      const changes = ["LABEL test-commit=yes"];
      const imageId = await engine.commitContainer(id, { reference, pause: false, comment: "why", changes });
      const image = await engine.inspectImage(reference);
      expect(image.id).toBe(imageId);
      expect(image.labels).toMatchObject({ ...ours(), "test-commit": "yes" });
      const listed = (await engine.listImages(rig().label)).find((one) => one.id === imageId);
      expect(listed?.tags).toEqual([reference]);
      expect(listed?.createdAt).toBeInstanceOf(Date);
      expect((await engine.listImages()).map((one) => one.id)).toContain(imageId);
      const user = await rig().container({ Image: reference });
      await expect(engine.removeImage(reference)).rejects.toMatchObject({ code: "ENGINE_FAILED" });
      await engine.removeContainer(user);
      await engine.removeImage(reference);
      await engine.removeImage(reference);
      await expect(engine.inspectImage(reference)).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    });
  });

  describe("what a snapshot takes", () => {
    it("tells the request that makes the same container again", async () => {
      const { engine } = rig();
      const Source = uniqueName();
      const made = rig().body({
        Hostname: "twin",
        Env: ["COLOUR=green"],
        ExposedPorts: { "8080/tcp": {} },
        HostConfig: {
          NetworkMode: "none",
          Memory: 64 * 2 ** 20,
          Tmpfs: { "/scratch": "size=1m" },
          Mounts: [{ Type: "volume", Source, Target: "/state", VolumeOptions: { Labels: ours() } }],
          RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
        },
      });
      const id = (await engine.createContainer(uniqueName(), made)).id;
      const body = await engine.containerBody(id);
      const image = await engine.inspectImage(baseImage);
      // The image's own environment is the container's too.
      expect(body).toMatchObject({ ...made, Image: image.id, Env: ["COLOUR=green", ...image.env] });
      const twin = await engine.createContainer(uniqueName(), body);
      expect(await engine.containerBody(twin.id)).toEqual(body);
      await expect(engine.containerBody("0".repeat(64))).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("tells how much a container has written", async () => {
      const { engine } = rig();
      const id = await rig().container();
      await engine.putArchive(id, "/tmp", await tarOf("big", Buffer.alloc(300_000, "x")));
      const written = await engine.writtenBytes(id);
      expect(written).toBeGreaterThanOrEqual(300_000);
      expect(written).toBeLessThan(600_000);
      await expect(engine.writtenBytes("0".repeat(64))).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    it("gives an image another name, under which it stays when the first one goes", async () => {
      const { engine } = rig();
      const [first, second] = [uniqueName(), uniqueName()].map((tag) => `agent-containers-test:${tag}`);
      const id = await rig().container();
      const imageId = await engine.commitContainer(id, { reference: first ?? "", pause: false });
      const user = await rig().container({ Image: imageId });
      await engine.tagImage(imageId, second ?? "");
      // Though a container uses it: only a name goes.
      await engine.removeImage(first ?? "");
      const listed = (await engine.listImages(rig().label)).find((image) => image.id === imageId);
      expect(listed).toMatchObject({ tags: [second], parentId: (await engine.inspectImage(baseImage)).id });
      await engine.removeContainer(user);
      await engine.removeImage(second ?? "");
      await expect(engine.tagImage("agent-containers-test:none", "a:b")).rejects.toMatchObject({
        code: "IMAGE_NOT_FOUND",
      });
    });

    it("finds a volume by its name, with its driver", async () => {
      const { engine } = rig();
      const Source = uniqueName();
      const VolumeOptions = { Labels: ours() };
      await rig().container({
        HostConfig: { Mounts: [{ Type: "volume", Source, Target: "/state", VolumeOptions }] },
      });
      expect(await engine.findVolume(Source)).toEqual({
        name: Source,
        labels: ours(),
        driver: "local",
        options: {},
      });
      expect(await engine.findVolume(uniqueName())).toBeUndefined();
    });
  });

  describe("networks", () => {
    it("are found by their exact name, and conflict by name and by subnet", async () => {
      const { engine } = rig();
      const name = uniqueName();
      const wanted = { name, ...someSubnet() };
      const id = await engine.createNetwork(wanted, ours());
      const found = await engine.findNetwork(name);
      expect(found).toEqual({ id, driver: "bridge", labels: ours(), ...wanted, createdAt: found?.createdAt });
      expect(Math.abs((found?.createdAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(await engine.findNetwork(name.slice(0, -1))).toBeUndefined();
      expect((await engine.listNetworks()).map((network) => network.name)).toContain(name);
      await expect(engine.createNetwork(wanted, ours())).rejects.toMatchObject({ code: "NETWORK_CONFLICT" });
      await expect(engine.createNetwork({ ...wanted, name: uniqueName() }, ours())).rejects.toMatchObject({
        code: "NETWORK_CONFLICT",
      });
      await engine.removeNetwork(id);
      await engine.removeNetwork(id);
      expect(await engine.findNetwork(name)).toBeUndefined();
    });

    it("know their containers, also those that never ran, and stay while one runs", async () => {
      const { engine } = rig();
      const name = uniqueName();
      const id = await engine.createNetwork({ name, ...someSubnet() }, ours());
      expect(await engine.listNetworkContainers(id)).toEqual([]);
      const created = await rig().container({ HostConfig: { NetworkMode: name } });
      const running = await rig().running({ HostConfig: { NetworkMode: name } });
      const stopped = await rig().running({ HostConfig: { NetworkMode: name } });
      await engine.stopContainer(stopped, 5);
      expect(new Set(await engine.listNetworkContainers(id))).toEqual(new Set([created, running, stopped]));
      expect((await engine.inspectContainer(running)).networks[name]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      await expect(engine.removeNetwork(id)).rejects.toMatchObject({ code: "NETWORK_CONFLICT" });
      for (const container of [created, running, stopped]) await engine.removeContainer(container);
      await engine.removeNetwork(id);
    });
  });

  describe("a network that is gone", () => {
    const aliases = async (id: string, network: string) =>
      (await rig().engine.containerBody(id)).NetworkingConfig?.EndpointsConfig[network]?.Aliases;

    it("keeps a container from starting, until it joins another of that name", async () => {
      const { engine } = rig();
      const wanted = { name: uniqueName(), ...someSubnet() };
      const first = await engine.createNetwork(wanted, ours());
      const endpoint = { Aliases: ["db"] };
      const id = await rig().running({
        HostConfig: { NetworkMode: wanted.name },
        NetworkingConfig: { EndpointsConfig: { [wanted.name]: endpoint } },
      });
      await engine.stopContainer(id, 5);
      await engine.removeNetwork(first);
      await expect(engine.startContainer(id)).rejects.toMatchObject({ code: "NETWORK_CONFLICT" });
      const second = await engine.createNetwork(wanted, ours());
      // It was on the one that had another id.
      await expect(engine.startContainer(id)).rejects.toMatchObject({ code: "NETWORK_CONFLICT" });
      await engine.connectNetwork(wanted.name, id, endpoint);
      expect(Object.keys((await engine.inspectContainer(id)).networks)).toEqual([wanted.name]);
      expect(await aliases(id, wanted.name)).toEqual(["db"]);
      // Once more is nothing new.
      await engine.connectNetwork(wanted.name, id, endpoint);
      await engine.startContainer(id);
      expect((await engine.inspectContainer(id)).networks[wanted.name]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(await engine.listNetworkContainers(second)).toEqual([id]);
      await engine.removeContainer(id);
      await engine.removeNetwork(second);
    });

    it("is told apart from a container that is", async () => {
      const { engine } = rig();
      const name = uniqueName();
      const id = await engine.createNetwork({ name, ...someSubnet() }, ours());
      const joining = engine.connectNetwork(name, "0".repeat(64), {});
      expect(await rejection(joining)).toMatchObject({
        code: "NOT_FOUND",
        message: "There is no container 000000000000.",
      });
      await engine.removeNetwork(id);
    });
  });

  describe("volumes", () => {
    it("come with a create, are listed by label, and go when nobody uses them", async () => {
      const { engine } = rig();
      const Source = uniqueName();
      const VolumeOptions = { Labels: ours() };
      const Mounts = [{ Type: "volume" as const, Source, Target: "/state", VolumeOptions }];
      const id = await rig().container({ HostConfig: { Mounts } });
      expect((await engine.listVolumes(rig().label)).find(({ name }) => name === Source)?.labels).toEqual(
        ours(),
      );
      // One count at a time: an engine of 20.10 refuses a second.
      const sizes = await eventually("a count", () => engine.volumeSizes().catch(() => undefined));
      expect(sizes.get(Source)).toBeTypeOf("number");
      const [mount] = (await engine.inspectContainer(id)).mounts;
      expect(mount).toMatchObject({ type: "volume", name: Source, target: "/state" });
      await expect(engine.removeVolume(Source)).rejects.toMatchObject({ code: "ENGINE_FAILED" });
      await engine.removeContainer(id);
      await engine.removeVolume(Source);
      await engine.removeVolume(Source);
      expect((await engine.listVolumes(rig().label)).map(({ name }) => name)).not.toContain(Source);
    });
  });
}
