import { CommandFailed, WnmError } from "../errors.ts";
import { type Node, type NodeId, nodeLabel, type ProcessIdentity } from "../model/node.ts";
import { exists, type Files } from "../os/files.ts";
import type { TextFiles } from "../os/text-files.ts";
import type { Launch, ProcessManager, Start } from "./manager.ts";
import { deleteNode, placeNode } from "./node-files.ts";
import type { UnitState } from "./systemctl.ts";
import type { UnitPlace } from "./systemd-discover.ts";
import { discoverUnits } from "./systemd-discover.ts";
import { identityOf, isBetweenTries, isOutOfDate, stateOf, whyDown } from "./systemd-state.ts";
import { renderUnit, type UnitStyle } from "./unit-file.ts";

/** Directives of every node's unit. */
export type NodeStyle = Pick<UnitStyle, "unit" | "service"> & {
  /** They make parts of the disk read-only, so units name what stays writable. */
  readonly protects_disk: boolean;
};

/** What user and sudo mode do differently. */
export type SystemdRights = UnitPlace & {
  /** The nodes' own files. */
  readonly files: Files;
  /** The units, in `folder`. */
  readonly texts: TextFiles;
  readonly account: { readonly user: string; readonly home: string };
  /** Account that the units name; undefined where systemd can run nodes as its own user only. */
  readonly runs_as: string | undefined;
  /** Target by which nodes come back at boot. */
  readonly wanted_by: string;
  /** How units are written; asked when one is. */
  readonly style: () => Promise<NodeStyle>;
  /** Throws WnmError when there is no such systemd. */
  readonly ready: () => void;
  readonly warnings: () => readonly string[];
  readonly sleep: (ms: number) => Promise<void>;
};

/** A program with a wrong flag or no free port ends within this time; then the start has failed. */
const WATCH_MS = 300;
/** A busy systemd notices the end of a process within this time. */
const NOTICE_MS = 3_000;

/** Nodes as units of systemd, which restarts them when they end and starts them at boot. */
export function systemd(rights: SystemdRights): ProcessManager {
  const { files, texts, folder, wanted_by, systemctl } = rights;
  let stale = false;

  const pathOf = (node: Node): string => `${folder}/${node.service}`;
  const isEnabled = (node: Node): boolean => exists(`${folder}/${wanted_by}.wants/${node.service}`);
  const unitOf = (node: Node, launch: Launch, { protects_disk, ...style }: NodeStyle): string =>
    renderUnit(
      {
        description: `Autonomi node ${nodeLabel(node)}`,
        program: node.binary,
        args: launch.args,
        env: launch.env,
        user: rights.runs_as,
        working_directory: node.root_dir,
      },
      { ...style, wanted_by, writable: protects_disk ? [node.root_dir, ...foldersOf(node.log_dir)] : [] },
    );
  const look = async (nodes: readonly Node[]): Promise<readonly Seen[]> => {
    const units = await systemctl.show(nodes.map(({ service }) => service));
    return nodes.flatMap((node, i) => {
      const unit = units[i];
      return unit === undefined ? [] : { node, unit };
    });
  };
  /** Like look; but a process that has just ended is waited for until systemd has noticed. */
  const lookAgain = async (nodes: readonly Node[]): Promise<readonly Seen[]> => {
    let seen = await look(nodes);
    for (let waited = 0; seen.some(hasJustEnded) && waited < NOTICE_MS; waited += WATCH_MS) {
      await rights.sleep(WATCH_MS);
      seen = await look(nodes);
    }
    return seen;
  };
  const refresh = async (): Promise<void> => {
    await systemctl.reload();
    stale = false;
  };

  /** Brings up those that are down, all with the same few calls. Gives the sentence of a call that failed. */
  const bringUp = async (down: readonly Seen[]): Promise<string | undefined> => {
    if (stale || down.some(({ unit }) => isOutOfDate(unit))) await refresh();
    // For a unit that waits for its next try, systemd would hold `start` back until then.
    await systemctl.act("stop", servicesOf(down.filter(({ unit }) => isBetweenTries(unit))));
    // Earlier starts and failures must not use up the limit of this one.
    await systemctl.act("resetFailed", servicesOf(down));
    await systemctl.act("enable", servicesOf(down.filter(({ node }) => !isEnabled(node))));
    try {
      await systemctl.act("start", servicesOf(down));
    } catch (error) {
      // Some of them may run all the same; what systemd says of each is looked at next.
      if (!(error instanceof CommandFailed)) throw error;
      return error.message;
    }
    await rights.sleep(WATCH_MS);
    return undefined;
  };

  const startAll = async (starts: readonly Start[]) => {
    const nodes = starts.map(({ node }) => node);
    const down = (await lookAgain(nodes)).filter(({ unit }) => identityOf(unit) === undefined);
    const failure = down.length === 0 ? undefined : await bringUp(down);
    const results = new Map<NodeId, ProcessIdentity | WnmError>();
    const failed: Seen[] = [];
    for (const seen of await lookAgain(nodes)) {
      const process = identityOf(seen.unit);
      if (process === undefined) failed.push(seen);
      results.set(seen.node.id, process ?? startFailure(seen, failure));
    }
    // systemd would go on trying behind the back of wnm, which has its own pace for that.
    await systemctl.act("stop", servicesOf(failed.filter(({ unit }) => unit.ActiveState !== "inactive")));
    return results;
  };

  const manager: ProcessManager = {
    ids: "fill gaps",
    supervised: true,
    privileged: rights.runs_as !== undefined,
    account: rights.account,
    ready: rights.ready,
    warnings: rights.warnings,

    async create(node, launch) {
      const text = unitOf(node, launch, await rights.style());
      await placeNode(files, node, launch);
      await texts.write(pathOf(node), text);
    },

    async start(node, launch) {
      const result = (await startAll([{ node, launch }])).get(node.id);
      if (result instanceof WnmError) throw result;
      return result;
    },
    startAll,

    async stop(node) {
      // First, so that a kill in between leaves a node that still runs and is stopped by the next run.
      if (isEnabled(node)) await systemctl.act("disable", [node.service]);
      const [before] = await look([node]);
      if (before === undefined || isAtRest(before.unit)) return;
      await systemctl.act("stop", [node.service]);
      const [after] = await look([node]);
      if (after !== undefined && !isAtRest(after.unit))
        throw new WnmError(`${node.service} does not stop: systemd calls it ${after.unit.ActiveState}`);
    },

    async restart(node, launch) {
      await systemctl.act("stop", [node.service]);
      return manager.start(node, launch);
    },

    async upgrade(node, launch) {
      await files.installProgram(launch.program, node.binary);
      await systemctl.act("stop", [node.service]);
      return manager.start(node, launch);
    },

    async remove(node, grounds) {
      const [seen] = await look([node]);
      if (seen !== undefined && !isAtRest(seen.unit))
        throw new WnmError(`${node.service} is not removed: systemd calls it ${seen.unit.ActiveState}`);
      await deleteNode(files, node, grounds);
      if (seen?.unit.ActiveState === "failed") await systemctl.act("resetFailed", [node.service]);
      stale ||= exists(pathOf(node));
      await texts.remove(pathOf(node));
    },

    async inspect(nodes) {
      return new Map((await look(nodes)).map(({ node, unit }) => [node.id, stateOf(unit)]));
    },

    async discover() {
      return discoverUnits(rights);
    },

    async finish() {
      if (stale) await refresh();
    },
  };
  return manager;
}

type Seen = { readonly node: Node; readonly unit: UnitState };

const servicesOf = (seen: readonly Seen[]): readonly string[] => seen.map(({ node }) => node.service);

const foldersOf = (folder: string | undefined): readonly string[] => (folder === undefined ? [] : [folder]);

const hasJustEnded = ({ unit }: Seen): boolean =>
  unit.ActiveState === "active" && identityOf(unit) === undefined;

const isAtRest = (unit: UnitState): boolean =>
  (unit.ActiveState === "inactive" || unit.ActiveState === "failed") && unit.MainPID === "0";

function startFailure({ node, unit }: Seen, failure: string | undefined): WnmError {
  const because = whyDown(unit);
  return because === undefined && failure !== undefined
    ? new WnmError(`${nodeLabel(node)} does not start: ${failure}`)
    : new WnmError(`${nodeLabel(node)} ended at once: ${because ?? `systemd calls it ${unit.ActiveState}`}`);
}
