/** Gives the UDP port for browsers; the node chooses one without it. */
export const WEBRTC_PORT = "--webrtc-direct-port";
export const WITHOUT_WEBRTC = "--disable-webrtc-direct";

/** Flags of ant-node that came with 0.20.0. */
export const WEBRTC_FLAGS: readonly string[] = [
  ...[WITHOUT_WEBRTC, "--webrtc-direct-bind", WEBRTC_PORT, "--webrtc-port"],
  "--webrtc-direct-advertised-addr",
];
