import { overCap, reasonsNotToGrow, reasonsToShed } from "../decide/pressure.ts";
import { whyNotGrow } from "../decide/rules/grow.ts";
import { isOutdated, nodesThatAre, type Snapshot } from "../decide/snapshot.ts";
import type { HostMetrics } from "../model/host.ts";
import { UP_STATUSES } from "../model/node-status.ts";
import type { Pairs } from "./pairs.ts";

/** What each threshold allows, in Python wnm's words and order. Only for display; the rules do not use it. */
export function decisions(s: Snapshot): Pairs {
  const allows = (...names: readonly (keyof HostMetrics)[]) =>
    reasonsNotToGrow({ ...s, nodes: [], metrics: only(s.metrics, names) }).length === 0;
  const sheds = (...names: readonly (keyof HostMetrics)[]) =>
    reasonsToShed({ config: s.config, metrics: only(s.metrics, names) }).length > 0;
  const loads = ["load_average_1", "load_average_5", "load_average_15"] as const;
  const remove = reasonsToShed(s).length > 0 || overCap(s) !== undefined;
  const outdated = nodesThatAre(s, "RUNNING").some((node) => isOutdated(node, s.binary));
  const running = nodesThatAre(s, ...UP_STATUSES).length;
  return [
    ["allow_cpu", allows("used_cpu_percent")],
    ["allow_mem", allows("used_mem_percent")],
    ["allow_hd", allows("used_hd_percent")],
    ["remove_cpu", sheds("used_cpu_percent")],
    ["remove_mem", sheds("used_mem_percent")],
    ["remove_hd", sheds("used_hd_percent")],
    ["allow_node_cap", running < s.config.node_cap],
    ["allow_netio", allows("netio_read_bytes", "netio_write_bytes")],
    ["remove_netio", sheds("netio_read_bytes", "netio_write_bytes")],
    ["allow_hdio", allows("hdio_read_bytes", "hdio_write_bytes")],
    ["remove_hdio", sheds("hdio_read_bytes", "hdio_write_bytes")],
    ["load_allow", allows(...loads)],
    ["load_not_allow", sheds(...loads)],
    ["add_new_node", whyNotGrow(s).length === 0],
    ["remove", remove],
    ["upgrade", s.upgrades && outdated && !remove],
  ];
}

/** Only these metrics; the others become NaN, which is neither above nor below any threshold. */
const only = (metrics: HostMetrics, names: readonly (keyof HostMetrics)[]): HostMetrics =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [
      name,
      names.some((kept) => kept === name) ? value : Number.NaN,
    ]),
  ) as HostMetrics;
