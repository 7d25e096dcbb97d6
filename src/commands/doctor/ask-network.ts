import { networkInterfaces } from "node:os";
import { counted } from "../../base/text.ts";
import type { NodeBinary } from "../../model/host.ts";
import { type Node, nodeLabel } from "../../model/node.ts";
import { asRoot as advised, portHolderCommand } from "../../os/advice.ts";
import { programPath } from "../../os/command.ts";
import { elevation, runAs } from "../../os/elevation.ts";
import { kernelText } from "../../os/files/kernel-text.ts";
import { textOf } from "../../os/files/open-regular.ts";
import { type PortOwner, tcpOwners, udpOwners } from "../../os/net/port-owners.ts";
import { upnpRouter } from "../../os/net/ssdp.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import { browserBlock } from "../../software/browser-block.ts";
import { SOFTWARE } from "../../software/generations.ts";
import { type Answer, found, good, note, type Question, unknown } from "./answer.ts";

/** Nodes on the host network; those in containers have their own. */
const onMachine = (nodes: readonly Node[]): readonly Node[] =>
  nodes.filter(({ container_id }) => container_id === undefined);

/** Checks which process has bound each node's port. */
export const askPorts: Question = ({ nodes, world }) => {
  const owners = world.platform === "linux" ? udpOwners() : undefined;
  if (owners === undefined) return [unknown("which program holds which port: this system does not show it")];
  const wrong = [
    ...onMachine(nodes).flatMap((node) => portAnswer(node, owners.get(node.port))),
    ...silentByStranger(onMachine(nodes)),
  ];
  const running = onMachine(nodes).filter(({ status }) => status === "RUNNING");
  return wrong.length > 0 || running.length === 0 ? wrong : [good(boundWords(running.length))];
};

const boundWords = (running: number): string =>
  running === 1
    ? "the running node has bound its port"
    : `each of ${running} running nodes has bound its port`;

/** The answer for one node's port, depending on whether the node, another program or nothing has bound it. Pure. */
export function portAnswer(node: Node, owner: PortOwner | undefined): readonly Answer[] {
  const label = nodeLabel(node);
  if (node.status === "RUNNING")
    return owner === undefined
      ? [
          found("port-not-bound", {
            node: node.id,
            sentence: `${label} runs and has not bound UDP port ${node.port}, so no peer can reach it`,
            cure: `wnm --force_action restart --service_name ${label}`,
          }),
        ]
      : [];
  const is_own = owner?.pid !== undefined && owner.pid === node.pid;
  if (owner === undefined || is_own || node.status !== "STOPPED") return [];
  const who =
    owner.pid === undefined ? `a program of account ${owner.uid}` : `pid ${owner.pid} (${owner.name})`;
  return [
    found("port-taken", {
      node: node.id,
      sentence: `${label}: its port ${node.port} is held by ${who}; end it, or have it use another port`,
      cure: owner.pid === undefined ? portHolderCommand(node.port) : killing(owner.pid, owner.uid),
    }),
  ];
}

/** Silent nodes whose metrics port another program bound first. Such a node keeps running, and restarting it is no help. */
function silentByStranger(nodes: readonly Node[]): readonly Answer[] {
  const silent = nodes.filter(
    ({ status, silent_since, software }) =>
      status === "RUNNING" && silent_since !== undefined && SOFTWARE[software].asked_by_port,
  );
  const owners = silent.length === 0 ? undefined : tcpOwners();
  return silent.flatMap((node) => {
    const owner = owners?.get(SOFTWARE[node.software].answersOn(node));
    return owner?.pid === undefined || node.pid === undefined || isOf(owner.pid, node.pid)
      ? []
      : metricsTaken(node, { ...owner, pid: owner.pid });
  });
}

/** True for the node's own process and for its child, since the node may run inside a wrapper script. */
const isOf = (pid: number, node: number): boolean =>
  pid === node || new RegExp(`^PPid:\\s*${node}$`, "m").test(kernelText(`/proc/${pid}/status`) ?? "");

/** The finding for a node whose metrics port another process holds. Pure, except that the cure depends on the account. */
export function metricsTaken(node: Node, owner: PortOwner & { readonly pid: number }): readonly Answer[] {
  const label = nodeLabel(node);
  return [
    found("port-taken", {
      node: node.id,
      sentence: `${label} runs and cannot answer: its metrics port ${SOFTWARE[node.software].answersOn(node)} is held by pid ${owner.pid} (${owner.name}); end it, or have it use another port`,
      cure: `${killing(owner.pid, owner.uid)} && wnm --force_action restart --service_name ${label}`,
    }),
  ];
}

const killing = (pid: number, uid: number): string =>
  uid === process.getuid?.() ? `kill ${pid}` : advised(`kill ${pid}`);

/** The ports of nodes 1 to `highest` that must be reachable from outside. Pure. */
export function portsToReach(config: MachineConfig, binary: NodeBinary, highest: number): string {
  const block = (start: number): string =>
    highest === 1 ? `${start * 1000 + 1}` : `${start * 1000 + 1}-${start * 1000 + highest}`;
  const browsers = browserBlock(config, binary);
  return `UDP ${block(config.port_start)}${browsers === undefined ? "" : `, and UDP ${block(browsers)} for browsers (webrtc_direct)`}`;
}

/** This machine's address on its Internet-facing interface; undefined without a network. */
export function ownAddress(): string | undefined {
  const cards = networkInterfaces();
  const card = cardToInternet(kernelText("/proc/net/route"));
  const all = card === undefined ? Object.values(cards).flat() : (cards[card] ?? []);
  return all.find((found) => found?.family === "IPv4" && !found.internal)?.address;
}

/** The interface of the default route in /proc/net/route; other interfaces may be container bridges. Pure. */
export const cardToInternet = (routes: string | undefined): string | undefined =>
  routes
    ?.split("\n")
    .map((line) => line.split("\t"))
    .find(([, destination, , , , , , mask]) => destination === "00000000" && mask === "00000000")?.[0];

/** Private, carrier-grade NAT and link-local addresses: RFC 1918, RFC 6598, RFC 3927. */
export const PRIVATE =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.)/;

/** Checks how nodes are reached: directly, through a forwarded port, or by UPnP. */
export const askReach: Question = async ({ nodes, config, binary }) => {
  const address = ownAddress();
  if (address === undefined) return [note("this machine has no network address, so no node can be reached")];
  const highest = Math.max(config.node_cap, ...nodes.map(({ id }) => id), 1);
  const ports = portsToReach(config, binary, highest);
  const peers = nodes.filter(({ connected_peers = 0 }) => connected_peers > 0).length;
  const seen =
    peers > 0
      ? [good(`${counted(peers, "node has", "nodes have")} peers, so UDP goes out and comes back`)]
      : [];
  const behind = PRIVATE.test(address)
    ? note(`${address} is behind a router: forward ${ports} to it`)
    : good(`${address} is a public address: nothing to forward`);
  if (config.no_upnp || binary.version === undefined || binary.software !== "antnode")
    return [...seen, behind];
  const router = await upnpRouter();
  return [
    ...seen,
    behind,
    router === undefined
      ? found("no-upnp-router", {
          sentence: `No router answers to UPnP, and an antnode with UPnP switched on exits without one. Without UPnP, forward ${ports} to ${address}`,
          cure: "wnm --no_upnp",
        })
      : good(`the router ${router} answers to UPnP`),
  ];
};

/** Checks that ufw, if active, allows the nodes' ports. */
export const askFirewall: Question = async ({ nodes, world }) => {
  const on = /^ENABLED=yes\b/m.test(textOf("/etc/ufw/ufw.conf", "settings") ?? "");
  if (!on || programPath("ufw") === undefined) return [];
  const { asRoot } = elevation(world.uid);
  let listed: string;
  try {
    listed = (await runAs(world.run, asRoot, ["ufw", "show", "added"], { deadline_ms: 4_000 })).stdout;
  } catch {
    return [unknown(`which ports ufw lets through: ${advised("ufw show added")}`)];
  }
  const open = new Set(
    [...listed.matchAll(/^ufw allow (?:in )?(\d+)\/udp/gm)].map(([, port]) => Number(port)),
  );
  const shut = onMachine(nodes).filter(({ status, port }) => status === "RUNNING" && !open.has(port));
  return shut.length === 0
    ? [good("ufw is on and allows the nodes' ports")]
    : shut.map((node) =>
        found("port-closed", {
          node: node.id,
          sentence: `ufw is on and has no rule for UDP port ${node.port} of ${nodeLabel(node)}`,
          cure: advised(`ufw allow ${node.port}/udp comment ${nodeLabel(node)}`),
        }),
      );
};
