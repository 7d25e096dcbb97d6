import { readNodeArguments } from "./node-arguments.ts";
import type { ProgramFlags } from "./program-flags.ts";

/** Flags of legacy antnode (0.4.17) that ant-node does not have. */
export const LEGACY_FLAGS: readonly string[] = [
  ...["--alpha", "--first", "--ignore-cache", "--ip", "--local", "--network-contacts-url", "--network-id"],
  ...["--no-upnp", "--peer", "--relay", "--rpc", "--write-older-cache-files", "--bootstrap-cache-dir"],
  ...["--enable-metrics-server", "--metrics-server-port", "--log-output-dest", "--max-log-files"],
  "--max-archived-log-files",
];

const USUAL = ["--root-dir", "--port", "--rewards-address", ...LEGACY_FLAGS, "--log-format"];

export const ANTNODE_FLAGS: ProgramFlags = {
  usual: USUAL,
  own: LEGACY_FLAGS,
  recent: [],
  at_import: USUAL,
  groupsOf: (words) => readNodeArguments(words).extra,
  variableOf: () => undefined,
};
