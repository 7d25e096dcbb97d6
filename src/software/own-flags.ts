/** Flags of legacy antnode (0.4.17) that ant-node does not have. */
export const ANTNODE_FLAGS: ReadonlySet<string> = new Set([
  ...["--alpha", "--first", "--ignore-cache", "--ip", "--local", "--network-contacts-url", "--network-id"],
  ...["--no-upnp", "--peer", "--relay", "--rpc", "--write-older-cache-files", "--bootstrap-cache-dir"],
  ...["--enable-metrics-server", "--metrics-server-port", "--log-output-dest", "--max-log-files"],
  "--max-archived-log-files",
]);

/** Flags of ant-node (0.14.2) that legacy antnode does not have. */
export const ANT_NODE_FLAGS: ReadonlySet<string> = new Set([
  ...["--ipv4-only", "--bootstrap", "-b", "--upgrade-channel", "--cache-capacity", "--evm-network"],
  ...["--evm-rpc-url", "--evm-payment-token", "--evm-payment-vault", "--metrics-port", "--enable-logging"],
  ...["--log-level", "--log-dir", "--log-max-files", "--network-mode", "--config", "-c", "-p"],
]);

/** What is taken to be known by a legacy antnode whose --help does not tell: the flags of every version in use. */
export const USUAL_ANTNODE_FLAGS: readonly string[] = [
  ...ANTNODE_FLAGS,
  ...["--root-dir", "--port", "--rewards-address", "--log-format"],
];
