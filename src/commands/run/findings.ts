import { check } from "../../checks/register.ts";
import { type Settled, settleFindings } from "../../checks/settle.ts";
import { diskFigures } from "../../decide/disk-figures.ts";
import { hasSeveralDisks } from "../../decide/disks.ts";
import { closeNodes, IN_ITS_PLACE } from "../../execute/close-nodes.ts";
import type { Action } from "../../model/action.ts";
import { type Finding, FOLDER_UNKNOWN, type OpenFinding } from "../../model/finding.ts";
import type { NodeId } from "../../model/node.ts";
import type { View } from "../../observe/observe.ts";
import { walletFindings } from "../../observe/unreadable-findings.ts";
import { SOFTWARE } from "../../software/generations.ts";
import type { Store } from "../../store/colony.ts";
import { curedHere } from "../named-colony.ts";
import { FETCH_FAILED } from "../note-fetch.ts";
import type { Options } from "../options.ts";
import { HOURLY, isNewHour, pastOf } from "./past.ts";

/** All findings of this run (observation, checks, and `more`), merged with the stored ones. */
export async function findingsOf(
  { snapshot, findings, managerOf, jump }: View,
  plan: readonly Action[],
  store: Store,
  { more, options }: { readonly more: readonly Finding[]; readonly options: Options },
): Promise<Settled> {
  const { now, nodes, config, metrics, disks, binary, bad_versions, upgrades, held_back } = snapshot;
  const before = store.findings();
  const { findings: open, looked } = await closeNodes(nodes, managerOf, now);
  // Verifying the address checksum takes a millisecond, so it is done only before nodes are added or if it was wrong.
  const pays =
    plan.some(({ type }) => type === "add" || type === "replace") ||
    before.some(({ key }) => key === "rewards-address-checksum");
  const hourly = isNewHour(store, now);
  const scene = {
    ...{ now, nodes, config, binary, bad_versions, upgrades, held_back },
    between: binary.version === undefined ? undefined : SOFTWARE[binary.software].between,
    used_hd_percent: metrics.used_hd_percent,
    disk: disks[0]?.name,
    other_disks: hourly && hasSeveralDisks(snapshot) ? diskFigures(snapshot).slice(1) : [],
    clock_jump: jump,
    past: pastOf(store, nodes, now, hourly),
  };
  const doubted = new Set(findings.flatMap(({ key, node }) => (key === FOLDER_UNKNOWN ? (node ?? []) : [])));
  const stray = open.filter(({ subject, node }) => subject !== IN_ITS_PLACE || !doubted.has(node as NodeId));
  const found = [...findings, ...(pays ? walletFindings(config) : []), ...stray, ...more, ...check(scene)];
  const there = new Set(nodes.map(({ id }) => id));
  const wasLooked = ({ key, node, subject }: OpenFinding): boolean =>
    key !== FETCH_FAILED &&
    ((key !== "node-stands-open" && subject !== IN_ITS_PLACE) ||
      node === undefined ||
      looked.has(node) ||
      !there.has(node)) &&
    (hourly || !HOURLY.has(key) || (node !== undefined && !there.has(node)));
  return settleFindings(before, found.map(curedHere(options)), now, wasLooked);
}

/** The findings to store; undefined when they have not changed. */
export function changedFindings(
  { stored }: Settled,
  before: readonly OpenFinding[],
): readonly OpenFinding[] | undefined {
  const texts = (findings: readonly OpenFinding[]): string =>
    findings
      .map(({ key, node, subject, severity, since, open, sentence, cure }) =>
        JSON.stringify([key, node ?? 0, subject ?? "", severity, since, open, sentence, cure ?? ""]),
      )
      .toSorted()
      .join("\n");
  return texts(stored) === texts(before) ? undefined : stored;
}
