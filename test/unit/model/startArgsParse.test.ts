import { describe, expect, it } from "vitest";
import { AgentError } from "../../../src/model/errors.js";
import { parseStartArgs } from "../../../src/model/startArgs/parseStartArgs.js";
import { refusedFlags } from "../../../src/model/startArgs/refusedFlags.js";
import { requireApiVersion } from "../../../src/model/startArgs/requireApiVersion.js";
import type { StartArgsContext } from "../../../src/model/startArgs/startArgsContext.js";

const files: Record<string, string> = {
  "/work/agent.env": "TOKEN=secret-1\nHOME_TOWN\n",
  "/work/bad.env": "fine=1\nsecret 2=x\n",
  "C:\\work\\agent.env": "A=1\n",
};

function context(parts: Partial<StartArgsContext> = {}): StartArgsContext {
  return {
    cwd: "/work",
    env: { HOME_TOWN: "Bern" },
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: ${path}`);
      return Buffer.from(text);
    },
    platform: "linux",
    arch: "x64",
    ...parts,
  };
}

const parse = (args: string[], parts?: Partial<StartArgsContext>) => parseStartArgs(args, context(parts));

/** The error that the arguments are refused with. */
function refusal(args: string[]): AgentError {
  try {
    parse(args);
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error(`taken: ${args.join(" ")}`);
}

describe("the grammar of start arguments", () => {
  it("nothing asks for nothing", () => {
    const { body, network, platform, needs } = parse([]);
    expect(body).toEqual({});
    expect(network).toEqual({ networks: [], endpoint: { aliases: [], links: [], linkLocalIps: [] } });
    expect([platform, needs]).toEqual([undefined, undefined]);
  });

  it.each([
    [["--memory", "1g"]],
    [["--memory=1g"]],
    [["-m", "1g"]],
    [["-m1g"]],
    [["-m=1g"]],
    [["-Pm1g"]],
    [["-Pm", "1g"]],
    [["-m", "2g", "--memory=1g"]],
    [["-m1g", "--"]],
  ])("%j is one gigabyte", (args) => {
    expect(parse(args).body.HostConfig?.Memory).toBe(2 ** 30);
  });

  it("a switch takes a value only with an equals sign", () => {
    expect(parse(["--init"]).body.HostConfig).toEqual({ Init: true });
    expect(parse(["--init=0"]).body.HostConfig).toEqual({ Init: false });
    expect(refusal(["--init", "false"]).message).toBe("Start argument 2 is not a flag.");
    expect(refusal(["--init=yes"]).message).toBe("Start argument 1: --init takes true or false.");
  });

  it("lists grow, maps go by key, scalars are replaced", () => {
    const args = ["--dns", "1.1.1.1", "-eA=1", "-u", "a", "--dns", "9.9.9.9", "-eB=1", "-eA=2", "-u", "b"];
    expect(parse(args).body).toEqual({
      User: "b",
      Env: ["A=2", "B=1"],
      HostConfig: { Dns: ["1.1.1.1", "9.9.9.9"] },
    });
  });

  it.each(refusedFlags.map(({ name, short, because }) => [name, short, because] as const))(
    "--%s is refused by name, with the reason",
    (name, short, because) => {
      for (const shown of [`--${name}`, ...(short ? [`-${short}`] : [])]) {
        const error = refusal(["-P", shown]);
        expect(error.message).toBe(`Start argument 2: ${shown} is not possible: ${because}.`);
        expect(error).toMatchObject({ code: "START_ARG_INVALID", field: "startArgs" });
        expect(error.remedy).toContain(shown);
      }
    },
  );

  it("finds a refused flag inside a bundle", () => {
    expect(refusal(["-Pit"]).message).toContain("-i is not possible");
  });

  it("an unknown flag is named, and is no abbreviation of a known one", () => {
    expect(refusal(["--mem=1g"]).message).toBe("Start argument 1: --mem is not a flag of docker create.");
    expect(refusal(["-z"]).message).toContain("-z is not a flag");
    expect(refusal(["--" + "=x"]).code).toBe("START_ARG_INVALID");
  });

  it("a flag at the end without its value says so", () => {
    expect(refusal(["--init", "-m"]).message).toBe("Start argument 2: -m has no value.");
  });
});

describe("secrets in start arguments", () => {
  it.each([
    [["secret-9"]],
    [["--", "secret-9"]],
    [["-e", "=secret-9"]],
    [["--label", "a b=secret-9"]],
    [["--memory", "secret-9"]],
    [["--storage-opt", "secret-9"]],
    [["--nothing=secret-9"]],
    [["--env-file", "bad.env"]],
    [["--log-driver=none", "--log-opt", "token=secret-9"]],
  ])("%j: the error does not repeat them", (args) => {
    const error = refusal(args);
    expect(`${error.message} ${error.remedy ?? ""} ${JSON.stringify(error)}`).not.toMatch(/secret.[29]/);
    expect(error.code).toBe("START_ARG_INVALID");
  });
});

describe("this machine in start arguments", () => {
  it("variables come from here, and a name that is unknown here stays a name", () => {
    expect(parse(["-e", "HOME_TOWN", "-e", "NOWHERE"]).body.Env).toEqual(["HOME_TOWN=Bern", "NOWHERE"]);
    const windows = { platform: "win32" as const, cwd: "C:\\work" };
    expect(parse(["-e", "home_town"], windows).body.Env).toEqual(["home_town=Bern"]);
    expect(parse(["-e", "home_town"]).body.Env).toEqual(["home_town"]);
  });

  it("files begin at the folder of the call, and come before -e", () => {
    expect(parse(["-e", "TOKEN=own", "--env-file", "./agent.env"]).body.Env).toEqual([
      "TOKEN=secret-1",
      "HOME_TOWN=Bern",
      "TOKEN=own",
    ]);
    const windows = { platform: "win32" as const, cwd: "C:\\work" };
    expect(parse(["--env-file", "agent.env"], windows).body.Env).toEqual(["A=1"]);
  });

  it("a file that is not there is named", () => {
    expect(refusal(["--env-file", "none.env"]).message).toMatch(
      /^Start argument 1: --env-file names a file that could not be read: .*\/work\/none\.env/,
    );
  });

  it("paths that begin with a dot begin at the folder of the call", () => {
    expect(parse(["-v", "./a/..:/x:ro", "--mount", "type=bind,src=../b,dst=/y"]).body.HostConfig).toEqual({
      Binds: ["/work:/x:ro"],
      Mounts: [{ Type: "bind", Source: "/b", Target: "/y" }],
    });
    const windows = { platform: "win32" as const, cwd: "C:\\work" };
    expect(parse(["-v", ".\\a:/x"], windows).body.HostConfig).toEqual({ Binds: ["C:\\work\\a:/x"] });
    expect(parse(["-v", "C:\\a:/x"], windows).body.HostConfig).toEqual({ Binds: ["C:\\a:/x"] });
  });

  it("one word of a platform is completed from here", () => {
    expect(parse(["--platform", "linux"], { arch: "arm64" }).platform).toBe("linux/arm64");
    expect(parse(["--platform", "amd64"], { platform: "win32" }).platform).toBe("windows/amd64");
    expect(parse(["--platform", "linux/x86_64"]).platform).toBe("linux/amd64");
  });
});

describe("the engine that start arguments need", () => {
  it.each([
    [["--annotation", "a=b"], "1.43", "annotation"],
    [["--mac-address", "92:d0:c6:0a:29:33", "--cgroupns", "host"], "1.44", "mac-address"],
    [["--network", "name=a,mac-address=92:d0:c6:0a:29:33"], "1.44", "network"],
    [["--network", "a", "--network", "b"], "1.44", "network"],
    [["--health-start-interval", "1s"], "1.44", "health-start-interval"],
    [["--platform", "linux/arm64"], "1.41", "platform"],
  ])("%j needs %s", (args, apiVersion, flag) => {
    const parsed = parse(args);
    expect(parsed.needs).toEqual({ apiVersion, flag });
    expect(() => requireApiVersion(parsed, apiVersion)).not.toThrow();
    expect(() => requireApiVersion(parsed, "1.100")).not.toThrow();
    expect(() => requireApiVersion(parsed, "1.40")).toThrow(
      `--${flag} needs Docker Engine API ${apiVersion}, but this engine has 1.40.`,
    );
  });

  it("most need nothing", () => {
    const parsed = parse(["--cpus", "2", "--network", "a", "--gpus", "all"]);
    expect(parsed.needs).toBeUndefined();
    expect(() => requireApiVersion(parsed, "1.40")).not.toThrow();
  });
});
