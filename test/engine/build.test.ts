import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBuildRig, type BuildRig } from "../support/buildRig.js";
import { rejection } from "../support/collect.js";
import { newerEngine } from "../support/newerEngine.js";
import { baseImage, testEndpoint } from "../support/testEngine.js";

const run = promisify(execFile);
const newest = newerEngine("28");
const builders = [true, false].flatMap((buildKit) => [
  { name: "20.10", endpoint: testEndpoint, there: true, buildKit },
  {
    name: `28${newest.missing}`,
    endpoint: () => newest.endpoint ?? testEndpoint(),
    there: newest.endpoint !== undefined,
    buildKit,
  },
]);

for (const { name, endpoint, there, buildKit } of builders) {
  describe.skipIf(!there)(`a Dockerfile on Engine ${name}${buildKit ? "" : " without BuildKit"}`, () => {
    let rig: BuildRig;
    const text = (...instructions: string[]) =>
      [`FROM ${baseImage}`, `ENV SALT=${rig.salt}`, ...instructions, ""].join("\n");
    const log = () => rig.lines.join("\n");

    beforeEach(async () => {
      rig = await createBuildRig(endpoint(), {
        FROM_HERE: "taken from here",
        ...(!buildKit && { DOCKER_BUILDKIT: "0" }),
      });
    });
    afterEach(async () => rig.dispose());

    it("gives a labelled image with the arguments' values, its stage and its labels", async () => {
      await rig.write({
        Dockerfile: [
          `FROM ${baseImage} AS base`,
          "ARG GIVEN=no",
          "ARG FROM_HERE=no",
          "ARG UNSET_HERE=default",
          `RUN echo "given=$GIVEN here=$FROM_HERE unset=$UNSET_HERE" > /said && echo ${rig.salt}`,
          "FROM base AS wanted",
          "COPY --from=base /said /copied",
          "ENV STAGE=wanted",
          "RUN cat /copied",
          "FROM base AS unwanted",
          "RUN false",
        ].join("\n"),
      });
      const image = await rig.build({
        args: [
          ...["--build-arg", "GIVEN=a value"],
          ...["--build-arg=FROM_HERE", "--build-arg", "UNSET_HERE"],
          ...["--target=wanted", "--label", "team=core", "--platform", "linux/amd64"],
        ],
      });
      expect(image.env).toContain("STAGE=wanted");
      expect(image.labels).toMatchObject({ team: "core", "agent-containers.role": "built" });
      expect(image.tags.join()).toContain("agent-containers-built:");
      expect(log()).toContain("given=a value here=taken from here unset=default");
    });

    it("comes from the cache the second time, and not with --no-cache", async () => {
      await rig.write({
        Dockerfile: text("COPY file /file", "RUN head -c 9 /dev/urandom | base64 > /random"),
        file: "1",
      });
      const first = await rig.build();
      const again = await rig.build();
      expect(again.id).toBe(first.id);
      expect(log()).toMatch(buildKit ? /CACHED/ : /Using cache/);
      expect(again.taggedAt?.getTime()).toBeGreaterThanOrEqual(first.taggedAt?.getTime() ?? Infinity);
      await rig.write({ file: "2" });
      const changed = await rig.build();
      expect(changed.id).not.toBe(first.id);
      const fresh = await rig.build({ args: ["--no-cache"] });
      expect(fresh.id).not.toBe(changed.id);
    });

    it("gets its context as it is here: links, modes, other alphabets; without what .dockerignore names", async () => {
      await rig.write({
        Dockerfile: text("COPY . /context", "RUN cd /context && find . -printf 'found %P %m %y %l %U:%G\\n'"),
        ".dockerignore": "# comment\n**/node_modules\n*.log\n!keep.log\nhidden\n!hidden/deep/needed\nc++\n",
        "run.sh": "#!/bin/sh\n",
        "Ünï/файл 漢字": "x",
        "node_modules/a": "x",
        "sub/node_modules/b": "x",
        "old.log": "x",
        "keep.log": "x",
        "sub/stays.log": "x",
        "hidden/no": "x",
        "hidden/deep/needed": "x",
        "hidden/deep/no": "x",
        "c++": "x",
      });
      await chmod(join(rig.folder, "run.sh"), 0o755);
      await chmod(join(rig.folder, "keep.log"), 0o600);
      await symlink("run.sh", join(rig.folder, "link"));
      await symlink("/nowhere", join(rig.folder, "dangling"));
      await mkdir(join(rig.folder, "empty"));
      await rig.build();
      const found = new Set(rig.lines.flatMap((line) => /found (.+)$/.exec(line)?.[1] ?? []));
      const names = [...found].map((line) => line.replace(/ \d+ [fdl] .*$/, ""));
      expect(found).toContain("run.sh 755 f  0:0");
      expect(found).toContain("keep.log 600 f  0:0");
      expect(found).toContain("link 777 l run.sh 0:0");
      expect(found).toContain("dangling 777 l /nowhere 0:0");
      expect(names).toEqual(expect.arrayContaining(["empty", "hidden/deep/needed", "sub/stays.log"]));
      expect(names.some((name) => name.includes("node_modules"))).toBe(false);
      for (const out of ["old.log", "hidden/no", "hidden/deep/no", "c++"]) expect(names).not.toContain(out);
      expect(log()).toContain("файл 漢字");
    });

    it.each(["0ä.txt", `0${"x".repeat(120)}`])("takes a context that begins with %s", async (first) => {
      await rig.write({ [first]: "there", Dockerfile: text(`COPY 0* /copied`, "RUN grep there /copied") });
      await rig.build();
    });

    it("may have such a name itself, alone in its context", async () => {
      await rig.write({ "ö.Dockerfile": text("RUN echo built > /built") });
      await rig.build({ path: "ö.Dockerfile" });
    });

    it("may lie outside its context, and bring an ignore file of its own", async () => {
      await rig.write({
        "docker/dev.Dockerfile": text("COPY one* /", "RUN ls / | sed 's/^/has /'"),
        "docker/dev.Dockerfile.dockerignore": "one-not\n",
        "context/one": "x",
        "context/one-not": "x",
        "context/.dockerignore": "*",
      });
      await rig.build({ path: "docker/dev.Dockerfile", context: "context" });
      expect(log()).toMatch(/has one$/m);
      expect(log()).not.toContain("has one-not");
    });

    it("that its own ignore file names is built all the same", async () => {
      await rig.write({ "sub/Dockerfile": text("RUN true"), ".dockerignore": "*\n" });
      const image = await rig.build({ path: "sub/Dockerfile", context: "." });
      expect(image.env).toContain(`SALT=${rig.salt}`);
    });

    it("fails with the step, its exit code and the whole log", async () => {
      await rig.write({
        Dockerfile: text("RUN echo before", "RUN echo out && echo err >&2 && exit 7", "RUN echo after"),
      });
      const error = await rejection(rig.build());
      expect(error).toMatchObject({ code: "BUILD_FAILED" });
      expect(error.message).toMatch(/RUN echo out && .*: exit code 7\.$/);
      expect(error).toHaveProperty("wholeLog", expect.stringContaining("before"));
      expect(error).toHaveProperty("log", expect.stringMatching(/out[^]*err/));
      expect(log()).not.toContain("after");
    });

    it("says which line it does not understand, and what there is no image for", async () => {
      await rig.write({ Dockerfile: text("NOSUCH instruction") });
      await expect(rig.build()).rejects.toMatchObject({
        code: "BUILD_FAILED",
        message: expect.stringMatching(/unknown instruction: NOSUCH/i) as string,
      });
      await rig.write({ Dockerfile: `FROM localhost:9/nosuch:${rig.salt}\n` });
      await expect(rig.build()).rejects.toMatchObject({
        code: "REGISTRY_UNREACHABLE",
        message: expect.stringContaining(`localhost:9/nosuch:${rig.salt}`) as string,
      });
      await rig.write({ Dockerfile: text("RUN true") });
      await expect(rig.build({ args: ["--target", "nosuch"] })).rejects.toMatchObject({
        code: "BUILD_FAILED",
      });
    });

    it("is refused before anything is sent where it, its context or an argument cannot be", async () => {
      await mkdir(join(rig.folder, "folder"));
      await rig.write({ Dockerfile: text() });
      const refused = (given: Parameters<BuildRig["build"]>[0], field: string, says: string) =>
        expect(rig.build(given)).rejects.toMatchObject({
          code: "SPEC_INVALID",
          field,
          message: expect.stringContaining(says) as string,
        });
      await refused({ path: "nosuch" }, "dockerfile.path", "There is no Dockerfile");
      await refused({ path: "folder" }, "dockerfile.path", "is a folder");
      await refused({ context: "nosuch" }, "dockerfile.context", "There is no context folder");
      await refused({ context: "Dockerfile" }, "dockerfile.context", "is a file");
      await refused({ args: ["--output=x"] }, "dockerfile.args", "--output is not possible");
      await refused({ args: ["--nosuch"] }, "dockerfile.args", "--nosuch is not a flag of docker build");
      await refused({ args: ["--memory=lots"] }, "dockerfile.args", "--memory takes a size");
      if (buildKit) await refused({ args: ["--network=mine"] }, "dockerfile.args", "BuildKit knows default");
      else await refused({ args: ["--secret=id=a,env=FROM_HERE"] }, "dockerfile.args", "needs BuildKit");
    });

    it("takes limits, hosts and no network", async () => {
      await rig.write({
        Dockerfile: text("RUN grep -F named /etc/hosts; ls /sys/class/net | sed 's/^/link /'"),
      });
      await rig.build({
        args: ["--add-host=named:10.9.8.7", "--network=none", "-m", "1g", "--shm-size=32m"],
      });
      expect(log()).toMatch(/10\.9\.8\.7\s+named/);
      expect(log()).not.toContain("link eth0");
      if (buildKit) expect(log()).toContain("have no effect");
    });

    it("that is cancelled in the middle stops at once and leaves no image", async () => {
      await rig.write({ Dockerfile: text("RUN touch /made", "RUN echo now-sleeping && sleep 1000") });
      const stop = new AbortController();
      const untagged = async () => {
        const { stdout } = await dockerImages(rig.engine.name);
        return new Set(stdout.split("\n"));
      };
      const before = await untagged();
      const building = rejection(rig.build({}, { signal: stop.signal }));
      await expect.poll(log, { timeout: 30_000 }).toMatch(/now-sleeping$/m);
      await expect.poll(() => running("sleep 1000", rig.salt), { timeout: 20_000 }).toBe(true);
      const begun = Date.now();
      stop.abort();
      const error = await building;
      expect(error.name).toBe("AbortError");
      expect(Date.now() - begun).toBeLessThan(5_000);
      await expect.poll(() => running("sleep 1000", rig.salt), { timeout: 20_000 }).toBe(false);
      // Images of other tests may come and go; ours are those that hold our salt.
      const left = [...(await untagged())].filter((id) => id && !before.has(id));
      for (const id of left) {
        const facts = await rig.engine.inspectImage(id).catch(() => undefined);
        expect(facts?.env ?? []).not.toContain(`SALT=${rig.salt}`);
      }
    });

    it.runIf(buildKit)(
      "knows what only BuildKit does: cache mounts and secrets, which stay out of image and log",
      async () => {
        const secret = `very-secret-${rig.salt}`;
        await rig.write({
          Dockerfile: text(
            // The value in two parts, so that the instruction itself does not hold it.
            "RUN --mount=type=cache,target=/cache echo cached > /cache/file",
            'RUN --mount=type=secret,id=token sh -c \'test "$(cat /run/secrets/token)" = ' +
              `"$(printf very-secret-${rig.salt.slice(0, 4)})${rig.salt.slice(4)}"` +
              " && echo same'",
            "RUN --mount=type=secret,id=var,required=true test \"$(cat /run/secrets/var)\" = 'taken from here' && echo also",
          ),
        });
        await writeFile(join(rig.folder, "token"), secret);
        const image = await rig.build({
          args: ["--secret", "id=token,src=token", "--secret=id=var,env=FROM_HERE"],
        });
        expect(log()).toMatch(/same$/m);
        expect(log()).toMatch(/also$/m);
        expect(JSON.stringify(image) + log()).not.toContain(secret);
        await rm(join(rig.folder, "token"));
        await expect(rig.build({ args: ["--secret", "id=token,src=token"] })).rejects.toMatchObject({
          code: "SPEC_INVALID",
          field: "dockerfile.args",
        });
      },
    );
  });
}

async function dockerImages(host: string): Promise<{ stdout: string }> {
  return run("docker", ["-H", host, "images", "--all", "--quiet", "--no-trunc"]);
}

/** True while a process with this command line and variable is there, whichever container it is in. */
async function running(command: string, salt: string): Promise<boolean> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    // A process may end while it is looked at.
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const variables = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (line.replaceAll("\0", " ").includes(command) && variables.includes(salt)) return true;
  }
  return false;
}
