import { unhealthyNodes } from "../decide/outlook.ts";
import type { Snapshot } from "../decide/snapshot.ts";
import type { Finding } from "../model/finding.ts";
import type { NodeId } from "../model/node.ts";
import { localDay } from "../os/local-day.ts";
import { whyNoRun } from "../report/no-run.ts";
import { type Explanation, explained, explainedWithoutRow, type Past } from "../report/why.ts";
import { type ColonyExplanation, explainedColony } from "../report/why-colony.ts";
import type { Store } from "../store/colony.ts";
import { accountNames } from "./chronicle.ts";
import type { Context } from "./context.ts";
import { standingFindings } from "./standing.ts";

const DAYS_SECONDS = 91 * 86_400;

/** Explains the state of these nodes or, without names, of the colony. */
export function explanations(
  context: Pick<Context, "options" | "world">,
  ids: readonly NodeId[] | undefined,
  store: Store,
  snapshot: Snapshot,
): readonly Explanation[] | ColonyExplanation {
  const account = accountNames();
  const now = context.world.clock.now();
  const findings = standingFindings(context, store);
  const no_run = whyNoRun(findings);
  const behind = no_run === undefined ? [] : [no_run.whole];
  const counted_since = store.hourRuns(now - DAYS_SECONDS, now)[0]?.began_at;
  const lost = new Map(store.unreadable().nodes.map(({ id, because }) => [id, because]));
  // For a colony, only unhealthy nodes are explained, so the history of the others is not read.
  const explained_ids =
    ids ?? [...unhealthyNodes(snapshot).map(({ id }) => id), ...lost.keys()].flatMap((id) => id ?? []);
  const events = Map.groupBy(store.events({ nodes: explained_ids }), ({ node }) => node);
  const { day: today } = localDay(now, undefined);
  const counted = store.nodeDays("", explained_ids).filter(({ day }) => day <= today);
  const days = Map.groupBy(counted, ({ node }) => node);
  const pastOf = (id: NodeId): Past => ({
    ...{ events: events.get(id) ?? [], days: days.get(id) ?? [], counted_since, account },
    findings: findings.filter(({ node }) => node === id).map(withoutThis),
  });
  const explain = (node: Snapshot["nodes"][number]): Explanation => {
    const why = explained(snapshot, node, pastOf(node.id));
    return no_run === undefined ? why : { ...why, waits: behind, at: undefined, by_hand: no_run.cure };
  };
  if (ids === undefined) {
    const unreadable = [...lost].flatMap(([id, because]) =>
      id === undefined ? [] : [explainedWithoutRow(id, pastOf(id), because)],
    );
    const why = explainedColony(snapshot, explain, unreadable);
    return no_run === undefined ? why : { ...why, now: behind, ahead: [] };
  }
  return ids.map((id) => {
    const node = snapshot.nodes.find((one) => one.id === id);
    return node === undefined ? explainedWithoutRow(id, pastOf(id), lost.get(id)) : explain(node);
  });
}

/** The finding without a cure that is this very report. */
const withoutThis = (finding: Finding): Finding =>
  finding.cure?.startsWith("wnm --report why") === true ? { ...finding, cure: undefined } : finding;
