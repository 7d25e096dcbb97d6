import type { Rule } from "../rule.ts";

/** The first run after a boot only looks: supervisors are still bringing their nodes back. */
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
