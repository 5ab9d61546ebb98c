// @ts-check
// A network namespace for the tests and their engine. Networks, published ports and firewall rules of the tests do
// not meet those of an engine that is in use: two engines side by side would both claim the agents' subnet.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { run } from "./run.mjs";

/**
 * @typedef {object} Network
 * @property {string} name Of the namespace.
 * @property {string} link The interface that leads to it; at most 9 characters.
 * @property {string} block The first three numbers of the addresses at both ends of the link.
 */

/** @type {Network} */
const OWN = { name: "agent-containers", link: "ac-tests", block: "10.213.77" };

/** @param {string} name Of a namespace. @returns {string} */
export const namespacePath = (name) => `/run/netns/${name}`;

/** What to put before a command so that it runs in the namespace. */
export const inside = ["nsenter", `--net=${namespacePath(OWN.name)}`];

/**
 * Makes the namespace, with a way out through the machine's own network.
 * @param {Network} [network]
 */
export async function makeNetwork({ name, link, block } = OWN) {
  const inner = `${link}-inner`;
  const ip = (/** @type {string} */ line) => run("ip", line.split(" "));
  if (!existsSync(namespacePath(name))) await ip(`netns add ${name}`);
  if (!existsSync(`/sys/class/net/${link}`)) {
    await ip(`link add ${link} type veth peer name ${inner}`);
    await ip(`link set ${inner} netns ${name}`);
  }
  await ip(`address replace ${block}.1/30 dev ${link}`);
  await ip(`link set ${link} up`);
  await ip(`-n ${name} address replace ${block}.2/30 dev ${inner}`);
  await ip(`-n ${name} link set ${inner} up`);
  await ip(`-n ${name} link set lo up`);
  await ip(`-n ${name} route replace default via ${block}.1`);

  await writeFile("/proc/sys/net/ipv4/ip_forward", "1");
  await ensureRule(`POSTROUTING -t nat -s ${block}.0/30 ! -o ${link} -j MASQUERADE`);
  // Docker sets the policy for what is forwarded to DROP.
  await ensureRule(`FORWARD -i ${link} -j ACCEPT`);
  await ensureRule(`FORWARD -o ${link} -j ACCEPT`);
}

/** @param {string} rule */
async function ensureRule(rule) {
  const words = rule.split(" ");
  const isThere = await run("iptables", ["--wait", "--check", ...words]).then(
    () => true,
    () => false,
  );
  if (!isThere) await run("iptables", ["--wait", "--insert", ...words]);
}
