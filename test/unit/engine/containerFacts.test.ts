import { describe, expect, it } from "vitest";
import { factsFromDetails, factsFromList } from "../../../src/engine/containerFacts.js";
import { containerDetails, readAnswer } from "../../../src/engine/records.js";

const item = {
  Id: "aa",
  Names: ["/other/alias", "/agent"],
  Image: "debian:bookworm-slim",
  State: "exited",
  Status: "Exited (137) 2 hours ago",
  Created: 1_700_000_000,
  Labels: { k: "v" },
  Ports: [],
  NetworkSettings: { Networks: { bridge: { IPAddress: "" } } },
  Mounts: [{ Type: "volume", Name: "v", Source: "/x", Destination: "/state" }],
  Surprise: true,
};

describe("factsFromList", () => {
  it("reads an exited container, with its exit code from the sentence", () => {
    expect(factsFromList([item])).toEqual([
      {
        id: "aa",
        name: "agent",
        image: "debian:bookworm-slim",
        status: "exited",
        createdAt: new Date(1_700_000_000_000),
        labels: { k: "v" },
        ports: [],
        exit: { code: 137 },
        networks: { bridge: "" },
        mounts: [{ type: "volume", name: "v", source: "/x", target: "/state" }],
      },
    ]);
  });

  it("keeps the IPv4 binding of a port that is bound twice, and an IPv6 one that is alone", () => {
    const Ports = [
      { IP: "::", PrivatePort: 22, PublicPort: 32772, Type: "tcp" },
      { IP: "0.0.0.0", PrivatePort: 22, PublicPort: 32773, Type: "tcp" },
      { IP: "::1", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
      { IP: "::", PrivatePort: 22, PublicPort: 5, Type: "udp" },
      { PrivatePort: 9000, Type: "tcp" },
    ];
    expect(factsFromList([{ ...item, Ports }])[0]?.ports).toEqual([
      { containerPort: 22, protocol: "tcp", hostIp: "0.0.0.0", hostPort: 32773 },
      { containerPort: 22, protocol: "udp", hostIp: "::", hostPort: 5 },
      { containerPort: 80, protocol: "tcp", hostIp: "::1", hostPort: 8080 },
    ]);
  });

  it.each([
    [
      "a null where a map or a list is due",
      { ...item, Labels: null, Ports: null, Mounts: null, NetworkSettings: null },
      { id: "aa", labels: {}, ports: [], mounts: [], networks: {} },
    ],
    ["a label that is no text", { ...item, Labels: { a: 1, b: "2" } }, { labels: { a: "", b: "2" } }],
    [
      "lists and maps of what they should not hold",
      { ...item, Names: [1], Ports: ["x", null], Mounts: [7], NetworkSettings: { Networks: { net: null } } },
      { name: "", ports: [], mounts: [{ type: "", source: "", target: "" }], networks: { net: "" } },
    ],
    ["a list where a map is due", { ...item, Labels: ["a"] }, { labels: {} }],
    ["a state that nobody knows", { ...item, State: "sublimated" }, { status: "dead" }],
    ["almost nothing", { Id: "bb" }, { id: "bb", name: "", labels: {}, createdAt: new Date(0) }],
    ["no object at all", "nonsense", { id: "", status: "dead", labels: {} }],
    ["null", null, { id: "", status: "dead", labels: {} }],
  ])("one bad item (%s) does not cost the others, and reads as empty", (_what, bad, expected) => {
    const facts = factsFromList([item, bad, { ...item, Id: "cc" }]);
    expect(facts.map(({ id }) => id)).toEqual(["aa", expect.any(String), "cc"]);
    expect(facts[1]).toMatchObject(expected);
  });

  it("refuses what is no list, naming it", () => {
    expect(() => factsFromList("OK")).toThrow(
      "The engine's answer about the list of containers cannot be read.",
    );
  });
});

describe("factsFromDetails", () => {
  const details = {
    Id: "aa",
    Name: "/agent",
    Created: "2026-11-21T05:13:39.674527543Z",
    State: {
      Status: "exited",
      ExitCode: 137,
      OOMKilled: true,
      Error: "",
      StartedAt: "2026-11-21T05:14:00Z",
      FinishedAt: "2026-11-21T05:15:00Z",
    },
    Config: { Image: "debian:bookworm-slim", Labels: { k: "v" }, Tty: false },
    NetworkSettings: {
      Networks: { net: { IPAddress: "172.28.0.2" } },
      Ports: {
        "22/tcp": [
          { HostIp: "0.0.0.0", HostPort: "32773" },
          { HostIp: "::", HostPort: "32772" },
        ],
        "8080/tcp": null,
      },
    },
    Mounts: [],
  };
  const read = (value: unknown) => factsFromDetails(readAnswer(containerDetails, value, "a container"));

  it("reads dates, exit, ports and networks", () => {
    expect(read(details)).toEqual({
      id: "aa",
      name: "agent",
      image: "debian:bookworm-slim",
      status: "exited",
      createdAt: new Date("2026-11-21T05:13:39.674Z"),
      labels: { k: "v" },
      ports: [{ containerPort: 22, protocol: "tcp", hostIp: "0.0.0.0", hostPort: 32773 }],
      exit: { code: 137, oomKilled: true, at: new Date("2026-11-21T05:15:00Z") },
      startedAt: new Date("2026-11-21T05:14:00Z"),
      networks: { net: "172.28.0.2" },
      mounts: [],
    });
  });

  it("takes Go's zero time for no time, and gives no exit to what has not exited", () => {
    const State = { ...details.State, Status: "created", StartedAt: "0001-01-01T00:00:00Z" };
    const facts = read({ ...details, State });
    expect(facts.startedAt).toBeUndefined();
    expect(facts.exit).toBeUndefined();
  });
});
