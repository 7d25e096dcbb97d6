import type { Snapshot } from "../decide/snapshot.ts";
import { type Finding, FOLDER_UNKNOWN } from "../model/finding.ts";
import type { HostMetrics } from "../model/host.ts";
import type { Node, Seconds } from "../model/node.ts";
import { snapshotOfStored } from "../observe/snapshot.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Store } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { observationContext } from "./observation-context.ts";

/** A run's measurements count as current for this long: cron's next run is late after that. */
const FRESH_SECONDS = 180;

/**
 * Measures the machine now and takes the nodes as stored, for reports that must be fast. Rates such as CPU usage need an
 * interval: if the last run is recent, its rates are used; otherwise they are unknown or, for a `patient` report,
 * measured over a second.
 */
export async function promptSnapshot(
  context: Context,
  store: Store,
  config: MachineConfig,
  nodes: readonly Node[],
  patient = false,
): Promise<Snapshot> {
  const { world } = context;
  const last = store.history().samples.at(-1);
  const is_fresh = (now: Seconds): boolean =>
    last !== undefined && Math.abs(now - last.taken_at) <= FRESH_SECONDS;
  let is_counted = true;
  const sleep: typeof world.clock.sleep = async (ms) => {
    if (patient && !is_fresh(world.clock.now())) await world.clock.sleep(ms);
    else is_counted = false;
  };
  const hurried = { ...world, clock: { ...world.clock, sleep } };
  const observation = observationContext({ ...context, world: hurried }, store, config);
  const snapshot = {
    ...(await snapshotOfStored(observation, nodes)),
    doubtful: doubtfulBy(store.findings()),
  };
  if (is_counted) return snapshot;
  return {
    ...snapshot,
    metrics: { ...snapshot.metrics, ...ratesOf(is_fresh(snapshot.now) ? last : undefined) },
  };
}

/** Nodes that the last run left alone, because it could not tell whether their folder is theirs. */
const doubtfulBy = (findings: readonly Finding[]): Snapshot["doubtful"] =>
  new Map(
    findings.flatMap(({ key, node }) =>
      key === FOLDER_UNKNOWN && node !== undefined
        ? [[node, "nothing is done to it until its folder is known to be its own"] as const]
        : [],
    ),
  );

/** The rates measured by the last run. Two readings taken at nearly the same moment would yield meaningless rates. */
function ratesOf(measured: Partial<HostMetrics> | undefined): Partial<HostMetrics> {
  const used = measured?.used_cpu_percent;
  return {
    ...{ used_cpu_percent: used, idle_cpu_percent: used === undefined ? undefined : 100 - used },
    ...{ cpu_of: undefined, io_wait: undefined },
    ...{ hdio_read_bytes: measured?.hdio_read_bytes, hdio_write_bytes: measured?.hdio_write_bytes },
    ...{ netio_read_bytes: measured?.netio_read_bytes, netio_write_bytes: measured?.netio_write_bytes },
  };
}
