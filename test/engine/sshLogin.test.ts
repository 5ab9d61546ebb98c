import { afterEach, describe, expect, it } from "vitest";
import { generateKeyPair } from "../../src/ssh/keyPair.js";
import { login, withLogin } from "../../src/ssh/login.js";
import { preflight } from "../../src/ssh/preflight.js";
import { renderSshdEnvironment } from "../../src/ssh/sshdEnvironment.js";
import { startSshd, type SshdRig } from "./sshdRig.js";

const running: SshdRig[] = [];
async function sshdWith(options: Parameters<typeof startSshd>[0] = {}): Promise<SshdRig> {
  const sshd = await startSshd(options);
  running.push(sshd);
  return sshd;
}
afterEach(async () => {
  for (const sshd of running.splice(0)) await sshd.stop();
});

const target = (sshd: SshdRig) => ({
  host: "127.0.0.1",
  port: sshd.port,
  user: sshd.user,
  privateKey: sshd.clientKey.privateKey,
  hostPublicKey: sshd.hostKey.publicKey,
  deadlineMs: 10_000,
});

describe("login to a real sshd", () => {
  it("succeeds, and runs commands", async () => {
    const sshd = await sshdWith();
    expect(await login(target(sshd))).toMatchObject({ attempts: 1 });
    const result = await withLogin(target(sshd), async (session) => [
      await session.run("cat; echo no >&2; exit 3", { stdin: "x".repeat(300_000) }),
      await session.run("kill -TERM $$"),
    ]);
    expect(result[0]).toEqual({ exitCode: 3, stdout: "x".repeat(300_000), stderr: "no\n" });
    expect(result[1]).toMatchObject({ exitCode: 255, signal: "TERM" });
  });

  it("refuses a wrong key and a wrong host key, each with its code", async () => {
    const sshd = await sshdWith();
    const { privateKey, publicKey } = generateKeyPair("stranger");
    await expect(login({ ...target(sshd), privateKey })).rejects.toMatchObject({ code: "SSH_AUTH" });
    await expect(login({ ...target(sshd), hostPublicKey: publicKey })).rejects.toMatchObject({
      code: "HOST_KEY_CHANGED",
    });
  });

  it("reports a connection that is lost under a command", async () => {
    const sshd = await sshdWith();
    const work = withLogin(target(sshd), (session) => session.run("kill -KILL $PPID; sleep 20"));
    await expect(work).rejects.toMatchObject({ code: "SSH_UNREACHABLE" });
  });
});

describe("preflight", () => {
  it("passes a container that has all", async () => {
    const sshd = await sshdWith();
    const { steps, failed } = await preflight({ ...target(sshd), innerPort: sshd.port });
    expect(failed).toBeUndefined();
    expect(steps.map(({ step }) => step)).toEqual(["banner", "login", "forwarding", "tools", "libc", "disk"]);
  });

  it("names forwarding that is off", async () => {
    const sshd = await sshdWith({ extra: "AllowTcpForwarding no" });
    const { failed } = await preflight({ ...target(sshd), innerPort: sshd.port });
    expect(failed).toMatchObject({
      step: "forwarding",
      remedy: expect.stringContaining("AllowTcpForwarding") as string,
    });
  });

  it("names missing tools, and a shell that runs nothing", async () => {
    const bare = await sshdWith({ extra: 'SetEnv "PATH=/nowhere"' });
    const { failed } = await preflight({ ...target(bare), innerPort: bare.port });
    expect(failed, JSON.stringify(failed)).toMatchObject({ step: "tools" });
    const forced = await sshdWith({ extra: "ForceCommand /bin/false" });
    expect((await preflight({ ...target(forced), innerPort: forced.port })).failed).toMatchObject({
      step: "tools",
      detail: expect.stringContaining("does not run commands") as string,
    });
  });

  it("names the banner where nothing listens, and the login where the key is refused", async () => {
    const sshd = await sshdWith();
    const { privateKey } = generateKeyPair("stranger");
    expect(await preflight({ ...target(sshd), privateKey })).toMatchObject({
      steps: [{ step: "banner", ok: true }, { step: "login" }],
      failed: { step: "login" },
    });
    await sshd.stop();
    expect(await preflight({ ...target(sshd), deadlineMs: 100 })).toMatchObject({
      failed: { step: "banner" },
    });
  });
});

describe("renderSshdEnvironment in a real sshd", () => {
  it("gives sessions every value as it was", async () => {
    const env: Record<string, string> = {
      PLAIN: "x",
      EMPTY: "",
      SPACES: "  two  words ",
      TAB: "a\tb",
      HASH: "# no comment",
      EQUALS: "a=b=c",
      DOUBLE: 'say "hi"',
      SINGLE: "it's",
      BACKSLASH: "C:\\dir\\",
      ESCAPES: "\\\\ \\\" \\' \\n \\ x",
      DOLLAR: "$HOME ${HOME} `id` %h %%",
      UNICODE: "grün 日本語",
      ONLY_QUOTE: '"',
      COMMA: "a,b;c|d&e<f>(g)",
      LONG: "x".repeat(20_000),
    };
    const { line, leftOut } = renderSshdEnvironment({ ...env, PATH: `${process.env.PATH ?? ""}:/of/ours` });
    expect(leftOut).toEqual([]);
    const sshd = await sshdWith({ extra: line });
    const { stdout } = await withLogin(target(sshd), (session) => session.run("env -0"));
    const seen = new Map(
      stdout.split("\0").map((entry) => [entry.split("=")[0], entry.replace(/^[^=]*=/, "")]),
    );
    // Start-up files of the shell may put something before it.
    expect(seen.get("PATH")).toMatch(/:\/of\/ours$/);
    for (const [name, value] of Object.entries(env)) expect(seen.get(name), name).toBe(value);
  });
});
