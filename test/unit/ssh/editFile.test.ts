import { readFile, readdir, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { editFile } from "../../../src/ssh/editFile.js";
import { temporaryHome } from "./rig.js";

const options = { mode: 0o600, durable: false, guard: () => Promise.resolve() };
const prepend = (before: Buffer | undefined) => Buffer.from(`ours\n${before?.toString() ?? ""}`);

describe("editFile", () => {
  it("begins again when another program saved the file meanwhile, and loses neither change", async () => {
    const folder = await temporaryHome();
    const file = join(folder, "config");
    await writeFile(file, "one\n");
    let saves = 0;
    const guard = async () => {
      saves += 1;
      if (saves <= 3) await writeFile(file, `saved ${saves}\n`);
    };
    expect(await editFile(file, prepend, { ...options, guard })).toMatchObject({ changed: true });
    expect(await readFile(file, "utf8")).toBe("ours\nsaved 3\n");
    expect(await readdir(folder)).toEqual(["config"]);
  });

  it("begins again when the file came, or went, meanwhile; also where it is to be removed", async () => {
    const file = join(await temporaryHome(), "config");
    let step = 0;
    const guard = async () => {
      step += 1;
      if (step === 1) await writeFile(file, "new\n");
      if (step === 2) await unlink(file);
    };
    await editFile(file, prepend, { ...options, guard });
    expect([step, await readFile(file, "utf8")]).toEqual([3, "ours\n"]);

    let removals = 0;
    const save = async () => {
      removals += 1;
      if (removals === 1) await writeFile(file, "ours\nkeep\n");
    };
    const strip = (before: Buffer | undefined) =>
      before?.toString() === "ours\n" ? undefined : Buffer.from("keep\n");
    await editFile(file, strip, { ...options, guard: save });
    expect(await readFile(file, "utf8")).toBe("keep\n");
  });

  it("gives up when the file never stays the same, and leaves no temporary file", async () => {
    const folder = await temporaryHome();
    const file = join(folder, "config");
    let saves = 0;
    const guard = async () => writeFile(file, `saved ${(saves += 1)}\n`);
    await expect(editFile(file, prepend, { ...options, guard })).rejects.toMatchObject({
      code: "SSH_CONFIG_UNWRITABLE",
    });
    expect(await readdir(folder)).toEqual(["config"]);
  });

  it("changes nothing when the guard throws", async () => {
    const folder = await temporaryHome();
    const file = join(folder, "config");
    const guard = () => Promise.reject(new Error("taken away"));
    await expect(editFile(file, prepend, { ...options, guard })).rejects.toThrow("taken away");
    expect(await readdir(folder)).toEqual([]);
  });

  it("names a circle of links", async () => {
    const folder = await temporaryHome();
    await symlink("b", join(folder, "a"));
    await symlink("a", join(folder, "b"));
    await expect(editFile(join(folder, "a"), prepend, options)).rejects.toThrow(/circles/);
  });
});
