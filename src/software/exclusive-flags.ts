import type { SoftwareKind } from "../model/node.ts";

/** Gives the UDP port for browsers; the node chooses one without it. */
export const WEBRTC_PORT = "--webrtc-direct-port";
export const WITHOUT_WEBRTC = "--disable-webrtc-direct";

/** Flags of ant-node that came with 0.20.0: neither older ones nor legacy antnode have them. */
const WEBRTC_FLAGS: readonly string[] = [
  ...[WITHOUT_WEBRTC, "--webrtc-direct-bind", WEBRTC_PORT, "--webrtc-port"],
  "--webrtc-direct-advertised-addr",
];

/** Flags of legacy antnode (0.4.17) that ant-node does not have. */
const LEGACY_FLAGS: readonly string[] = [
  ...["--alpha", "--first", "--ignore-cache", "--ip", "--local", "--network-contacts-url", "--network-id"],
  ...["--no-upnp", "--peer", "--relay", "--rpc", "--write-older-cache-files", "--bootstrap-cache-dir"],
  ...["--enable-metrics-server", "--metrics-server-port", "--log-output-dest", "--max-log-files"],
  "--max-archived-log-files",
];

/** Flags of ant-node (0.14.2) that legacy antnode does not have. */
const ANT_NODE_FLAGS: readonly string[] = [
  ...["--ipv4-only", "--bootstrap", "-b", "--upgrade-channel", "--cache-capacity", "--evm-network"],
  ...["--evm-rpc-url", "--evm-payment-token", "--evm-payment-vault", "--metrics-port", "--enable-logging"],
  ...["--log-level", "--log-dir", "--log-max-files", "--network-mode", "--config", "-c", "-p"],
];

/** Flags that an ant-node of some version does not have, and other node programs do. */
export const NOT_OF_ANT_NODE: ReadonlySet<string> = new Set([...LEGACY_FLAGS, ...WEBRTC_FLAGS]);

/** Flags that a legacy antnode does not have, and other node programs do. */
export const NOT_OF_ANTNODE: ReadonlySet<string> = new Set([...ANT_NODE_FLAGS, ...WEBRTC_FLAGS]);

const IN_BOTH: readonly string[] = ["--root-dir", "--port", "--rewards-address"];

/** What a program is taken to know whose --help nobody has read: the flags of every version in use. */
export const USUAL_FLAGS: Readonly<Record<SoftwareKind, readonly string[]>> = {
  antnode: [...IN_BOTH, ...LEGACY_FLAGS, "--log-format"],
  "ant-node": [...IN_BOTH, ...ANT_NODE_FLAGS, "--stop-on-upgrade"],
};
