import { getNodeFor } from "../../checks/get-node.ts";
import { accountOf } from "../../os/account.ts";
import { NODE_ACCOUNT } from "../../os/elevation.ts";
import { elfHeader } from "../../os/files/elf-header.ts";
import { isThere } from "../../os/files/presence.ts";
import { shareOpens } from "../../os/files/silent-folders.ts";
import { SOFTWARE } from "../../software/generations.ts";
import { type Answer, found, good, type Question } from "./answer.ts";

/** Checks that the node program exists, is a known one, and matches this machine's architecture and libc. */
export const askProgram: Question = async ({ binary, nodes, world }) => {
  const mayRead = world.platform === "linux" && (await shareOpens(binary.path));
  const elf = mayRead ? elfHeader(binary.path) : undefined;
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
        sentence: `${binary.path} needs the loader ${elf.interpreter}, which this machine does not have: it was built for another libc`,
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

/** Checks that new nodes would have bootstrap peers. */
export const askFirstPeers: Question = ({ binary, world, config }): readonly Answer[] => {
  if (binary.version === undefined) return [];
  const home = config.process_manager.endsWith("+sudo") ? accountOf(NODE_ACCOUNT)?.home : world.home;
  const peers = SOFTWARE[binary.software].firstPeers(binary.path, home, config);
  if (peers === "known") return [];
  return "text" in peers
    ? [good(`${binary.software} has a list of bootstrap peers`)]
    : [found("no-first-peers", { sentence: peers.missing, cure: "wnm --get_node" })];
};
