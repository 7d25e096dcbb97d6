import { ProcessUnknown, WnmError } from "../../base/errors.ts";
import { type Node, nodeLabel } from "../../model/node.ts";
import { processesOfAccount } from "../../software/node-owner.ts";
import { lookForNodes, type NodeSight } from "../../software/node-processes.ts";
import type { Launch } from "../contract/manager.ts";
import { outlasts, stillStopping, supervisorGrace } from "../contract/stop-grace.ts";
import type { LaunchdAccess } from "./access.ts";
import { type Domain, jobOf, labelOf } from "./plist-file.ts";
import { renderPlist } from "./plist-xml.ts";
import { type Loaded, loadedJobs } from "./state.ts";

/** How long one run waits at most for a node to end. */
const WAIT_MS = 20_000;
/** How long to wait for launchd to release a job's name after bootout. */
const DRAIN_MS = 30_000;
const POLL_MS = 100;

/** Path of the node's property list. */
export const plistPath = ({ folder }: LaunchdAccess, node: Node): string =>
  `${folder}/${labelOf(node)}.plist`;

/** launchd's name for the node's job in a domain. */
export const targetIn = (domain: Domain, node: Node): string => `${domain.name}/${labelOf(node)}`;

/** The node's jobs that launchd has loaded. */
export const loadedJobsOf = (access: LaunchdAccess, node: Node): Promise<readonly Loaded[]> =>
  loadedJobs(access, labelOf(node));

/** The node's process. */
export const sightOf = ({ account }: LaunchdAccess, node: Node): NodeSight =>
  lookForNodes(processesOfAccount(account.user)).process(node);

/**
 * Unloads the node's job from every domain and waits until its process has ended and its name is free; launchd kills the
 * process after ExitTimeOut. Throws StillStopping within the node's stop_grace, WnmError after it.
 */
export async function unload(access: LaunchdAccess, node: Node): Promise<void> {
  const { launchctl, sleep } = access;
  for (const { domain } of await loadedJobsOf(access, node)) await launchctl.bootout(targetIn(domain, node));
  const grace = access.grace.of(node);
  const until = performance.now() + WAIT_MS;
  while (performance.now() < until) {
    if ((await loadedJobsOf(access, node)).length === 0 && sightOf(access, node).seen === "ended") return;
    await sleep(POLL_MS);
  }
  const sight = sightOf(access, node);
  if (sight.seen === "hidden") throw new ProcessUnknown(nodeLabel(node), sight.because);
  if (outlasts(grace, WAIT_MS)) throw stillStopping(node, access.grace);
  throw new WnmError(`${labelOf(node)} does not end, although launchd has unloaded it`);
}

/** Writes the node's property list and loads it. Returns the domain. Throws WnmError when launchd rejects it. */
export async function load(access: LaunchdAccess, node: Node, launch: Launch): Promise<Domain> {
  const { launchctl, runs_as, sleep, texts } = access;
  const stop_grace = supervisorGrace(access.grace);
  const domain = await usableDomain(access);
  const target = targetIn(domain, node);
  const plist = plistPath(access, node);
  await texts.write(plist, renderPlist(jobOf(node, launch, { domain, runs_as, stop_grace })));
  await launchctl.enable(target);
  for (let waited = 0; waited < DRAIN_MS; waited += POLL_MS) {
    if (await launchctl.bootstrap(domain.name, plist)) return domain;
    // Already loaded, perhaps by a run that was killed.
    if ((await launchctl.print(target)) !== undefined) return domain;
    await sleep(POLL_MS);
  }
  throw new WnmError(`launchd rejected ${plist}; see why with: launchctl bootstrap ${domain.name} ${plist}`);
}

async function usableDomain({ domains, launchctl }: LaunchdAccess): Promise<Domain> {
  for (const domain of domains) if (await launchctl.hasDomain(domain.name)) return domain;
  const names = domains.map(({ name }) => name).join(" or ");
  throw new WnmError(`launchd has no domain ${names}; log in on this Mac once, or use launchd+sudo`);
}
