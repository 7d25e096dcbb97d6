import { groupsOf, variableOf } from "./ant-node-arguments.ts";
import { LEGACY_FLAGS } from "./antnode-flags.ts";
import type { ProgramFlags } from "./program-flags.ts";
import { WEBRTC_FLAGS } from "./webrtc-flags.ts";

/** Flags of ant-node (0.14.2) that legacy antnode does not have. */
const OWN: readonly string[] = [
  ...["--ipv4-only", "--bootstrap", "-b", "--upgrade-channel", "--cache-capacity", "--evm-network"],
  ...["--evm-rpc-url", "--evm-payment-token", "--evm-payment-vault", "--metrics-port", "--enable-logging"],
  ...["--log-level", "--log-dir", "--log-max-files", "--network-mode", "--config", "-c", "-p"],
];

const USUAL = ["--root-dir", "--port", "--rewards-address", ...OWN, "--stop-on-upgrade"];

export const ANT_NODE_FLAGS: ProgramFlags = {
  usual: USUAL,
  own: [...OWN, ...WEBRTC_FLAGS],
  recent: WEBRTC_FLAGS,
  at_import: [...USUAL, ...LEGACY_FLAGS, ...WEBRTC_FLAGS, "--log-format"],
  groupsOf,
  variableOf,
};
