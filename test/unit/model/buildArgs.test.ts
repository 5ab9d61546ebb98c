import { describe, expect, it } from "vitest";
import { isAgentError, type AgentError } from "../../../src/model/errors.js";
import { parseBuildArgs } from "../../../src/model/buildArgs/parseBuildArgs.js";
import type { StartArgsContext } from "../../../src/model/startArgs/startArgsContext.js";

const context: StartArgsContext = {
  cwd: "/here",
  env: { SET: "from here", TOKEN: "t" },
  readFile: () => Buffer.alloc(0),
  platform: "linux",
  arch: "x64",
};
const parse = (...args: string[]) => parseBuildArgs(args, context);
const options = (...args: string[]) => parse(...args).options;

function refusal(...args: string[]): AgentError {
  try {
    parse(...args);
  } catch (error) {
    if (isAgentError(error)) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe("build arguments", () => {
  it("say nothing when there are none", () => {
    expect(parse()).toEqual({
      options: {
        buildArgs: {},
        cacheFrom: [],
        extraHosts: [],
        labels: {},
        limits: {},
        noCache: false,
        pull: false,
      },
      secrets: new Map(),
    });
  });

  it("are read as docker build reads them", () => {
    expect(options("--build-arg", "A=1=2", "--build-arg=SET", "--build-arg", "UNSET").buildArgs).toEqual({
      A: "1=2",
      SET: "from here",
    });
    expect(options("--build-arg=A=1", "--build-arg=A=2").buildArgs).toEqual({ A: "2" });
    expect(options("--no-cache", "--pull=false")).toMatchObject({ noCache: true, pull: false });
    expect(options("--target", "dev", "--platform=amd64").platform).toBe("linux/amd64");
    expect(options("--label=a", "--label", "b=c").labels).toEqual({ a: "", b: "c" });
    expect(options("-m", "1g", "-c=5", "--cpuset-cpus=0-1", "--memory-swap=-1").limits).toEqual({
      Memory: 2 ** 30,
      CpuShares: 5,
      CpusetCpus: "0-1",
      MemorySwap: -1,
    });
    expect(options("--ulimit=nofile=10:20", "--shm-size=1m").limits).toEqual({
      Ulimits: [{ Name: "nofile", Soft: 10, Hard: 20 }],
      ShmSize: 2 ** 20,
    });
    expect(options("--add-host=a:1.2.3.4", "--network", "none")).toMatchObject({
      extraHosts: ["a:1.2.3.4"],
      networkMode: "none",
    });
    expect(options("--cache-from=a:1", "--cache-from", "type=registry,ref=b:2").cacheFrom).toEqual([
      "a:1",
      "b:2",
    ]);
  });

  it("name secrets by where they are", () => {
    const { secrets } = parse(
      ...["--secret", "id=a,src=file", "--secret=id=b,env=TOKEN", "--secret=type=env,id=c,source=TOKEN"],
      ...["--secret", "id=TOKEN", "--secret", "id=other"],
    );
    expect([...secrets]).toEqual([
      ["a", { file: "file" }],
      ["b", { env: "TOKEN" }],
      ["c", { env: "TOKEN" }],
      ["TOKEN", { env: "TOKEN" }],
      ["other", { file: "other" }],
    ]);
  });

  it.each([
    [["--output", "x"], /--output is not possible/],
    [["-t=x"], /-t is not possible/],
    [["--ssh=default"], /--ssh is not possible/],
    [["--squash"], /--squash is not possible/],
    [["-l=x"], /-l is not a flag of docker build/],
    [["--env=A=b"], /--env is not a flag of docker build/],
    [["--target"], /--target has no value/],
    [["."], /Build argument 1 is not a flag/],
    [["--no-cache=maybe"], /--no-cache takes true or false/],
    [["--build-arg", "=x"], /--build-arg takes NAME=value/],
    [["--label", "agent-containers.role=x"], /--label takes labels outside/],
    [["--secret", "src=x"], /--secret takes id=NAME/],
    [["--secret", "id=a,nosuch=x"], /--secret takes id=NAME/],
    [["--cache-from=type=local,src=x"], /--cache-from takes an image/],
  ])("%j is refused", (args, says) => {
    const error = refusal(...args);
    expect(error).toMatchObject({ code: "SPEC_INVALID", field: "dockerfile.args" });
    expect(error.message).toMatch(says);
    expect(error.remedy).toBeTruthy();
  });

  it("keep their values out of errors", () => {
    for (const flag of ["--memory", "--platform", "--secret", "--add-host"]) {
      const error = refusal(flag, "hunter2!");
      expect(error.message + (error.remedy ?? "")).not.toContain("hunter2");
    }
  });
});
