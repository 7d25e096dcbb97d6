import { dirname } from "node:path";
import { textOf } from "../os/files/open-regular.ts";
import { isUnknown, presenceOf } from "../os/files/presence.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { splitWords } from "../settings/split-words.ts";
import { flagsOf } from "./command-line.ts";

/** The peers file shipped next to the program in ant-node releases. */
export const PEERS_FILE = "bootstrap_peers.toml";

/** How a node finds its first peers. */
export type FirstPeers =
  /** From this text, to be written to a file next to its program. */
  | { readonly text: string }
  /** Built in, or passed by the operator. */
  | "known"
  /** Not at all, for this reason. */
  | { readonly missing: string };

/** Where ant-node looks next for the file (0.23.1, src/config.rs); `account`: relative to the home. */
const PLACES = { account: [".config/ant", "Library/Application Support/ant"], machine: "/etc/ant" } as const;
const FLAGS = ["--bootstrap", "-b"];
const VARIABLES = /^ANT_BOOTSTRAP(?:_PEERS_PATH)?=./;

/**
 * How ant-nodes made from the program at `path` find their first peers. `home`: of the account that runs them, if there is
 * one. A confined node cannot see that home, so each gets a copy of the file in its own folder.
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

/** True for a TOML file with at least one address; ant-node ignores any other. */
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
