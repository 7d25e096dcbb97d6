import { dirname } from "node:path";
import { getNodeFor } from "../../checks/get-node.ts";
import { elfHeader } from "../../os/files/elf-header.ts";
import { isThere } from "../../os/files/presence.ts";
import { type Answer, found, good, type Question } from "./answer.ts";

/** The node program: there, known, and for this machine and its libc. */
export const askProgram: Question = ({ binary, nodes, world }) => {
  const elf = world.platform === "linux" ? elfHeader(binary.path) : undefined;
  const cure = getNodeFor(nodes);
  if (elf !== undefined && elf.arch !== process.arch)
    return [
      found("program-unfit", {
        sentence: `${binary.path} is a program for ${elf.arch ?? "another machine"}, and this machine is ${process.arch}`,
        cure,
      }),
    ];
  if (elf?.interpreter !== undefined && !isThere(elf.interpreter))
    return [
      found("program-unfit", {
        sentence: `${binary.path} needs the loader ${elf.interpreter}, which this machine does not have: it is made for another libc`,
        cure,
      }),
    ];
  return binary.version === undefined
    ? [
        found("no-node-program", {
          severity: nodes.length === 0 ? "bad" : "warning",
          sentence: `No node can be added: ${binary.problem}`,
          cure,
        }),
      ]
    : [good(`node program ${binary.software} ${binary.version} at ${binary.path}`)];
};

/** Where ant-node looks for first peers, beside its program (ant-node 0.14, src/config.rs). */
const PEERS = "bootstrap_peers.toml";

/** The list of first peers of ant-node: without one a node stays alone. */
export const askFirstPeers: Question = ({ binary, world, config }): readonly Answer[] => {
  if (binary.version === undefined || binary.software !== "ant-node") return [];
  if (config.environment?.includes("ANT_BOOTSTRAP_PEERS_PATH")) return [];
  const folders = [dirname(binary.path), `${world.home}/.config/ant`, "/etc/ant"];
  return folders.some((folder) => isThere(`${folder}/${PEERS}`))
    ? [good("ant-node has a list of first peers")]
    : [
        found("no-first-peers", {
          sentence: `There is no ${PEERS} in ${folders.join(", ")}, so new nodes find no peer. It belongs beside the program, and every release has it`,
          cure: "wnm --get_node",
        }),
      ];
};
