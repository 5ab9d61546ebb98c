import { describe, expect, it } from "vitest";
import { defaultNetwork } from "../../../src/model/network.js";
import { freeSubnet, isSubnet } from "../../../src/model/subnets.js";

it("the default network is that of the story", () => {
  expect(defaultNetwork).toEqual({
    name: "debug-host-network",
    subnet: "172.28.0.0/16",
    gateway: "172.28.0.1",
  });
});

describe("subnets", () => {
  it("are IPv4 networks with a length", () => {
    expect(["172.28.0.0/16", "10.1.2.3/32", "0.0.0.0/0"].map(isSubnet)).toEqual([true, true, true]);
    expect(["172.28.0.0", "172.28.0/16", "1.2.3.256/8", "1.2.3.4/33", "fd00::/8", ""].map(isSubnet)).toEqual(
      Array.from({ length: 6 }, () => false),
    );
  });

  it("are free where nothing overlaps, neither wider nor narrower", () => {
    expect(freeSubnet([])).toBe("172.16.0.0/16");
    expect(freeSubnet(["172.16.8.0/24", "172.17.255.255/32", "no subnet"])).toBe("172.18.0.0/16");
    expect(freeSubnet(["172.16.0.0/12"])).toBe("10.0.0.0/16");
    expect(freeSubnet(["172.16.0.0/12", "10.0.0.0/8"])).toBeUndefined();
  });
});
