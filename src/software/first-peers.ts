import { dirname } from "node:path";
import { textOf } from "../os/files/open-regular.ts";
import { isUnknown, presenceOf } from "../os/files/presence.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { splitWords } from "../settings/split-words.ts";
import { flagsOf } from "./command-line.ts";

/** The file that releases of ant-node have beside the program. */
export const PEERS_FILE = "bootstrap_peers.toml";

/** How a node of a program gets to know its first peers. */
export type FirstPeers =
  /** From this text, which is put into a file beside its program. */
  | { readonly text: string }
  /** Without help, or with what the operator passes to it. */
  | "known"
  /** It would find no network. */
  | { readonly missing: string };

/** Folders in which ant-node looks, after that of its program (ant-node 0.23.1, src/config.rs); those of an account below its home. */
const PLACES = { account: [".config/ant", "Library/Application Support/ant"], machine: "/etc/ant" } as const;
const FLAGS = ["--bootstrap", "-b"];
const VARIABLES = /^ANT_BOOTSTRAP(?:_PEERS_PATH)?=./;

/**
 * The first peers of ant-nodes made from the program at `path`, run by an account with this home; undefined: there is no
 * such account yet. A confined node does not see that home, so each gets the file into its own folder.
 */
export function antNodeFirstPeers(path: string, home: string | undefined, config: MachineConfig): FirstPeers {
  const flags = flagsOf(config.start_args);
  if (FLAGS.some((flag) => flags.has(flag))) return "known";
  if (splitWords(config.environment ?? "")?.some((word) => VARIABLES.test(word)) === true) return "known";
  const homes = home === undefined ? [] : PLACES.account.map((place) => `${home}/${place}`);
  let hidden = false;
  for (const folder of [dirname(path), ...homes, PLACES.machine]) {
    const text = textOf(`${folder}/${PEERS_FILE}`, "node file");
    if (text !== undefined && namesPeers(text)) return { text };
    hidden ||= text === undefined && isUnknown(presenceOf(`${folder}/${PEERS_FILE}`));
  }
  if (hidden) return "known";
  return {
    missing: `${path} would find no network: no ${PEERS_FILE} with peers is beside it or in ${[...homes, PLACES.machine].join(" or ")}; put the one of its release beside it, or give --start_args "--bootstrap IP:PORT"`,
  };
}

/** The file is TOML and lists at least one address; ant-node passes over any other. */
function namesPeers(text: string): boolean {
  try {
    const { peers } = Bun.TOML.parse(text) as { readonly peers?: unknown };
    return Array.isArray(peers) && peers.length > 0 && peers.every(isAddress);
  } catch {
    return false;
  }
}

const isAddress = (peer: unknown): boolean =>
  typeof peer === "string" && /^(?:\[[0-9a-fA-F:.%]+\]|\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/.test(peer);
