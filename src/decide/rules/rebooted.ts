import type { Rule } from "../rule.ts";

/** Does nothing in the first run after a boot, while supervisors are still starting their nodes. */
export const rebooted: Rule = (s) =>
  s.rebooted
    ? [
        {
          type: "survey",
          nodes: s.nodes.map((node) => node.id),
          reason: "the machine has booted since the last run",
        },
      ]
    : [];
