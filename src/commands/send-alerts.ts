import type { AlertSettings } from "../alerts/memory.ts";
import { runningOf } from "../checks/health.ts";
import type { Finding, OpenFinding } from "../model/finding.ts";
import type { Node } from "../model/node.ts";
import type { MachineConfig } from "../settings/machine.ts";
import type { Context } from "./context.ts";
import type { WorkRequest } from "./run/plan.ts";

/** The alerts of one run. */
export type Alerting = {
  /** Findings for alerts that earlier runs could not deliver. */
  readonly findings: readonly Finding[];
  /** Returns the function that sends due alerts. Call it after the lock is released; it takes at most 3 s, never fails. */
  readonly end: (open: readonly OpenFinding[], nodes: readonly Pick<Node, "status">[]) => () => Promise<void>;
};

/** The alert settings; undefined when no address is set. Pure. */
export function alertSettingsOf(config: AlertSettings): AlertSettings | undefined {
  const { alert_url, alert_template, alert_level, alert_after, alert_repeat, ping_url } = config;
  return alert_url === undefined && ping_url === undefined
    ? undefined
    : { alert_url, alert_template, alert_level, alert_after, alert_repeat, ping_url };
}

/** The paths and the sender name for alerts. */
export const postOf = ({ options, world }: Context) => ({
  database: options.paths.database,
  uid: world.uid,
  run: world.run,
});

/** Starts the alerts of a run; undefined when none are configured. A plain run pings ping_url in the background. */
export async function beginAlerts(
  context: Context,
  { kind }: WorkRequest,
  config: MachineConfig,
  changes: Partial<MachineConfig>,
): Promise<Alerting | undefined> {
  const settings = alertSettingsOf(config);
  await forgetUnset(context, config, changes);
  if (settings === undefined) return undefined;
  const { alertFindings, pingStart, sendNews } = await import("../alerts/alerts.ts");
  const post = postOf(context);
  const { ping_url } = settings;
  const started = kind === "run" && ping_url !== undefined ? pingStart(ping_url) : undefined;
  return {
    findings: alertFindings(settings, post, context.world.clock.now()),
    end: (findings, nodes) => async () => {
      const colony = { nodes: nodes.length, running: runningOf(nodes) };
      const news = { now: context.world.clock.now(), findings, complete: true, colony };
      const pings = kind === "run" ? { started } : undefined;
      const problem = await sendNews({ ...news, ...(pings && { pings }) }, settings, post);
      if (problem !== undefined) context.log.warn(`No alert was sent: ${problem}`);
    },
  };
}

/** Deletes all remembered alert state, addresses included, when a call has removed the last address. */
export async function forgetUnset(
  context: Context,
  config: MachineConfig,
  changes: Partial<MachineConfig>,
): Promise<void> {
  if (!("alert_url" in changes || "ping_url" in changes) || alertSettingsOf(config) !== undefined) return;
  const { forget, placesOf } = await import("../alerts/memory.ts");
  forget(placesOf(context.options.paths.database, context.world.uid));
}
