import type { Firewall } from "./firewall.ts";

/** For machines without a firewall, and for managers that may not change it. */
export const none: Firewall = {
  async open() {},
  async close() {},
};
