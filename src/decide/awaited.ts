import { inFlight, type Node, nodeLabel, type Seconds } from "../model/node.ts";
import { UP_STATUSES } from "../model/node-status.ts";
import { massFailure } from "./mass-failure.ts";
import { whyNotGrow } from "./rules/grow.ts";
import { retryAt } from "./rules/revive.ts";
import { isDown, nodesThatAre, type Snapshot } from "./snapshot.ts";

/** What an idle run waits for. */
export type Awaited = {
  /** Stays the same while the run waits for the same thing, even if the measurements change. */
  readonly key: string;
  /** The sentence to show; undefined: there is nothing to wait for. */
  readonly sentence: string | undefined;
  /** The next event and its time, if known. */
  readonly next: { readonly what: string; readonly at: Seconds } | undefined;
};

/** What the colony waits for; the most informative reason wins. Pure. */
export function awaited(s: Snapshot): Awaited {
  const brake = massFailure(s);
  if (brake !== undefined) return { key: "mass failure", sentence: brake, next: undefined };
  const flying = s.nodes.filter(inFlight);
  if (flying.length > 0) return ofFlying(s, flying);
  const down = s.nodes.filter((node) => isDown(node) && retryAt(node) > s.now);
  if (down.length > 0) return ofDown(down);
  const up = nodesThatAre(s, ...UP_STATUSES).length;
  const reasons = up >= s.config.node_cap ? [] : whyNotGrow(s);
  return reasons.length === 0
    ? { key: "nothing", sentence: undefined, next: undefined }
    : { key: "room", sentence: `no node is added or started: ${reasons.join("; ")}`, next: undefined };
}

const DOING = { RESTARTING: "starting", UPGRADING: "upgrading", REMOVING: "waiting for removal" } as const;
const DELAYS = {
  RESTARTING: "delay_start",
  UPGRADING: "delay_upgrade",
  REMOVING: "delay_remove",
} as const;

const MOST_NAMED = 3;

function ofFlying({ now, config }: Snapshot, nodes: readonly Node[]): Awaited {
  const flights = nodes.flatMap((node) => {
    const status = node.status as keyof typeof DOING;
    const delay = config[DELAYS[status]];
    const flown = Math.max(0, Math.min(now - node.status_since, delay));
    const doing = DOING[status];
    return { label: nodeLabel(node), doing, flown, delay, ends: node.status_since + delay };
  });
  const named = flights
    .slice(0, MOST_NAMED)
    .map(
      ({ label, doing, flown, delay }) => `${label} is ${doing}, ${minutes(flown)} of ${minutes(delay)} min`,
    );
  const more = flights.length > MOST_NAMED ? [`${flights.length - MOST_NAMED} more are under way`] : [];
  const next = Math.min(...flights.map(({ ends }) => ends));
  return {
    key: flights.map(({ label, doing }) => `${label} ${doing}`).join(", "),
    sentence: [...named, ...more].join("; "),
    next: next > now ? { what: "the next one", at: next } : undefined,
  };
}

const minutes = (seconds: Seconds): string =>
  String(Number((seconds / 60).toFixed(seconds % 60 === 0 ? 0 : 1)));

function ofDown(nodes: readonly Node[]): Awaited {
  const named = nodes
    .slice(0, MOST_NAMED)
    .map((node) => `${nodeLabel(node)} is down${node.problem === undefined ? "" : ` (${node.problem})`}`);
  const more = nodes.length > MOST_NAMED ? [`${nodes.length - MOST_NAMED} more are down`] : [];
  return {
    key: nodes.map((node) => `${nodeLabel(node)} down ${node.crashes}`).join(", "),
    sentence: [...named, ...more].join("; "),
    next: { what: "the next try", at: Math.min(...nodes.map(retryAt)) },
  };
}
