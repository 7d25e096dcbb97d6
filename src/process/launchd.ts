import { WnmError } from "../errors.ts";
import { type Node, type NodeId, nodeLabel, recordedProcess } from "../model/node.ts";
import type { ProcessState } from "../model/observation.ts";
import { exists, type Files } from "../os/files.ts";
import { nodesByFolder } from "../os/node-processes.ts";
import { identityOf, stillLives } from "../os/process-id.ts";
import { type TextFiles, textOf } from "../os/text-files.ts";
import { discoverJobs } from "./launchd-discover.ts";
import { type Domain, jobOf, labelOf } from "./launchd-job.ts";
import { identityIn, type LaunchdPlace, type Loaded, loadedJobs, stateOfJobs } from "./launchd-state.ts";
import type { Launch, ProcessManager } from "./manager.ts";
import { deleteNode, placeNode } from "./node-files.ts";
import { renderPlist } from "./plist.ts";

/** What user and sudo mode do differently. */
export type LaunchdRights = LaunchdPlace & {
  readonly files: Files;
  /** The jobs' plists, in `folder`. */
  readonly texts: TextFiles;
  readonly account: { readonly user: string; readonly home: string };
  /** Account that the jobs name; undefined where they run as their domain's own. */
  readonly runs_as: string | undefined;
  readonly sleep: (ms: number) => Promise<void>;
};

/** A program with a wrong flag or no free port ends within this time; then the start has failed. */
const WATCH_MS = 500;
/** launchd keeps a job's name for a while after bootout, as long as its process takes to end (ExitTimeOut). */
const DRAIN_MS = 30_000;
const POLL_MS = 100;

/** Nodes as jobs of launchd, which starts them again when they end, at boot and at login. */
export function launchd(rights: LaunchdRights): ProcessManager {
  const { files, texts, launchctl, sleep } = rights;
  const plistOf = (node: Node): string => `${rights.folder}/${labelOf(node)}.plist`;
  const targetOf = (node: Node, domain: Domain): string => `${domain.name}/${labelOf(node)}`;

  const loaded = (node: Node): Promise<readonly Loaded[]> => loadedJobs(rights, labelOf(node));

  const usableDomain = async (): Promise<Domain> => {
    for (const domain of rights.domains) if (await launchctl.hasDomain(domain.name)) return domain;
    const names = rights.domains.map(({ name }) => name).join(" or ");
    throw new WnmError(`launchd has no domain ${names}; log in on this Mac once, or use launchd+sudo`);
  };

  /** Takes the node out of every domain, and waits until its name is free again. */
  const unload = async (node: Node): Promise<void> => {
    for (const { domain } of await loaded(node)) await launchctl.bootout(targetOf(node, domain));
    for (let waited = 0; waited < DRAIN_MS; waited += POLL_MS) {
      if ((await loaded(node)).length === 0 && processOf(node) === undefined) return;
      await sleep(POLL_MS);
    }
    throw new WnmError(`${labelOf(node)} does not end, although launchd was told to take it out`);
  };

  const load = async (node: Node, launch: Launch): Promise<Domain> => {
    const domain = await usableDomain();
    const target = targetOf(node, domain);
    await texts.write(plistOf(node), renderPlist(jobOf(node, launch, { domain, runs_as: rights.runs_as })));
    await launchctl.enable(target);
    for (let waited = 0; waited < DRAIN_MS; waited += POLL_MS) {
      if (await launchctl.bootstrap(domain.name, plistOf(node))) return domain;
      // Loaded meanwhile, be it by us before a kill: as good.
      if ((await launchctl.print(target)) !== undefined) return domain;
      await sleep(POLL_MS);
    }
    throw new WnmError(
      `launchd does not take ${plistOf(node)}; see why with: launchctl bootstrap ${domain.name} ${plistOf(node)}`,
    );
  };

  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: true,
    account: rights.account,
    create: (node, launch) => placeNode(files, node, launch),

    async start(node, launch) {
      const running = (await loaded(node)).map(({ job }) => identityIn(job)).find(Boolean);
      if (running !== undefined) return running;
      // A job that is loaded and down may be an old one: launchd reads its plist only when it loads it.
      await unload(node);
      const domain = await load(node, launch);
      await launchctl.kickstart(targetOf(node, domain));
      await sleep(WATCH_MS);
      const job = await launchctl.print(targetOf(node, domain));
      const process = job && identityIn(job);
      if (process !== undefined) return process;
      // launchd would try for ever; wnm tries again later, less and less often.
      await unload(node);
      throw new WnmError(
        `${nodeLabel(node)} ended at once: ${job?.last_exit ?? "launchd shows no process of it"}`,
      );
    },

    async stop(node) {
      // Without this, the next login or boot would load it again. First, so that a kill in between leaves a node that
      // still runs and is stopped by the next run.
      for (const domain of exists(plistOf(node)) ? rights.domains : []) {
        if (await launchctl.hasDomain(domain.name)) await launchctl.disable(targetOf(node, domain));
      }
      await unload(node);
    },

    async restart(node, launch) {
      await unload(node);
      return manager.start(node, launch);
    },

    async upgrade(node, launch) {
      await files.installProgram(launch.program, node.binary);
      await unload(node);
      return manager.start(node, launch);
    },

    async remove(node, grounds) {
      if ((await loaded(node)).length > 0)
        throw new WnmError(`${labelOf(node)} is not removed: launchd still has it`);
      await deleteNode(files, node, grounds);
      await texts.remove(plistOf(node));
    },

    async discover() {
      return discoverJobs(rights);
    },

    async inspect(nodes) {
      const states = new Map<NodeId, ProcessState>();
      const found = nodesByFolder();
      for (const node of nodes) {
        const recorded = recordedProcess(node);
        const process = (recorded && stillLives(recorded)) ?? found?.get(node.root_dir)?.[0];
        states.set(
          node.id,
          process === undefined
            ? stateOfJobs(
                await loaded(node),
                found !== undefined,
                exists(node.root_dir) || textOf(plistOf(node)) !== undefined,
              )
            : { state: "running", process: identityOf(process) },
        );
      }
      return states;
    },
  };
  return manager;
}

const processOf = (node: Node) => nodesByFolder()?.get(node.root_dir)?.[0];
