import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { backUpAnm, hasBackup, putBack } from "../../anm/backup.ts";
import { blockAnm } from "../../anm/block.ts";
import { ANM, walletFile } from "../../anm/paths.ts";
import { anmSettings, readNodeDetails } from "../../anm/settings.ts";
import { Refused, WnmError } from "../../base/errors.ts";
import { type Adoption, adopt } from "../../import/adopt.ts";
import { adoptedNodes } from "../../import/adopted-nodes.ts";
import { withCommonFlags } from "../../import/common-flags.ts";
import { importText } from "../../import/import-report.ts";
import { type Node, nodeLabel } from "../../model/node.ts";
import { textOf } from "../../os/files/open-regular.ts";
import { isThere, presenceOf } from "../../os/files/presence.ts";
import { syncPath } from "../../os/files/write-whole.ts";
import type { FoundNode, FoundNodes } from "../../process/contract/found-node.ts";
import { nodesOfUnits } from "../../process/systemd/discover.ts";
import { softwareRunBy } from "../../software/recognise.ts";
import { type Context, withLearned } from "../context.ts";
import { settingsOf } from "../settings-of.ts";
import { createColony, refuseSecond } from "./create-colony.ts";
import { type PlannedColony, plannedColony } from "./planned-colony.ts";

/** The ownership checks of an import, all passing: anm's folders cannot belong to another colony. */
const OF_ANM = {
  colonyOf: () => undefined,
  identityOf: (path: string) => path,
  hasWnmsConfig: () => false,
  whyForeign: () => undefined,
};

/**
 * Creates a colony from anm's nodes, which keep running, and returns it. anm is paused first, then its cron entry is
 * removed, then the database is created, so two programs never manage the nodes at once. Can be repeated after a kill.
 * Throws UsageError, Refused, or WnmError.
 */
export async function migrateAnm(context: Context): Promise<PlannedColony> {
  const { world, log } = context;
  settingsOf(context, undefined);
  refuseSecond(context.options.paths.database, true);
  if (![ANM.system, ANM.config, ANM.cron].some(isThere))
    throw new WnmError(`There is no anm here: neither ${ANM.config} nor ${ANM.cron} is there`);
  if (world.uid !== 0) throw new WnmError("anm belongs to root: run sudo wnm --init --migrate_anm");
  await anmColony(context);
  using _block = await blockAnm(world, log);
  // anm may have changed its nodes before it was paused, so they are read again.
  const { adoption, colony, nodes, notes } = await anmColony(context);
  backUpAnm();
  if (isThere(ANM.cron)) {
    rmSync(ANM.cron);
    syncPath(dirname(ANM.cron));
  }
  let summary: string;
  try {
    summary = await createColony({ ...colony, nodes }, world);
  } catch (error) {
    putBack(ANM.cron);
    throw error;
  }
  world.print(
    [
      importText(adoption, nodes, colony.config, colony.host.paths.database),
      ...notes.map((note) => `Note: ${note}\n`),
      `anm no longer runs; its entry in cron and its files are kept in ${ANM.backup}.\nTo put it back: sudo wnm --migrate_anm --undo\n`,
      summary,
    ].join(""),
  );
  return colony;
}

/** Plans a new colony from everything anm manages. Changes nothing. */
async function anmColony(context: Context): Promise<{
  adoption: Adoption;
  colony: PlannedColony;
  nodes: readonly Node[];
  notes: readonly string[];
}> {
  const { world, options } = context;
  const { given } = options;
  const cron =
    textOf(ANM.cron, "settings") ??
    (hasBackup() ? textOf(`${ANM.backup}${ANM.cron}`, "settings") : undefined);
  const wallet = walletFile(cron);
  const settings = anmSettings(
    {
      config: textOf(ANM.config, "settings"),
      override: textOf(ANM.override, "settings"),
      wallet: wallet === undefined ? undefined : textOf(wallet, "settings"),
      script: textOf(ANM.script, "settings"),
    },
    new Set(given.keys()),
  );
  const finds = anmUnits();
  const known = new Map([
    ...settings.learned,
    ...[...given].map(([name, { text }]) => [name, text] as const),
    ["process_manager", "systemd+sudo"] as const,
  ]);
  // anm may be above its cap, because it removes nodes step by step; wnm would remove the excess at once.
  known.delete("node_cap");
  const adoption = adopt(finds, {
    given: known,
    hasFolder: presenceOf,
    ...OF_ANM,
  });
  const problems = [...settings.problems, ...adoption.problems];
  if (problems.length > 0) {
    throw new Refused(
      ["Nothing was changed; this has to be resolved first:", ...problems.map((one) => `  - ${one}`)].join(
        "\n",
      ),
    );
  }
  const extras = withCommonFlags(adoption, new Map(known));
  const learned = new Map([...extras.learned, ["process_manager", "systemd+sudo"], ...settings.learned]);
  const complete = { ...adoption, learned };
  const colony = plannedColony(withLearned(context, learned, "anm"));
  const details = readNodeDetails(textOf(ANM.nodes, "settings") ?? "");
  const nodes = (await adoptedNodes(complete.nodes, colony.config, world)).map((node) => ({
    ...node,
    peer_id: node.peer_id ?? (details.get(node.id)?.peer_id || undefined),
    version: node.version ?? (details.get(node.id)?.version || undefined),
  }));
  return {
    adoption: complete,
    colony,
    nodes,
    notes: [...settings.notes, ...notesOf(nodes, details, colony)],
  };
}

function notesOf(
  nodes: readonly Node[],
  details: ReadonlyMap<number, unknown>,
  { config }: PlannedColony,
): readonly string[] {
  const numbers = new Set<number>(nodes.map(({ id }) => id));
  const lost = [...details.keys()].filter((number) => !numbers.has(number));
  const odd = nodes.filter((node) => node.port !== config.port_start * 1000 + node.id);
  return [
    ...lost.map((number) => `anm knows a node ${number} that has no unit or no folder; it is left out`),
    ...odd.map(
      (node) =>
        `${nodeLabel(node)} keeps its port ${node.port}; new nodes get ${config.port_start}000 and up`,
    ),
  ];
}

/** The system-wide systemd units of nodes; anm runs only antnodes. */
function anmUnits(): FoundNodes {
  const { found, left_out } = nodesOfUnits(ANM.units, "systemd+sudo", { h: "/root", u: "root" });
  const isLegacy = ({ program, args }: FoundNode) => softwareRunBy(program, args) === "antnode";
  const others = found.filter((node) => !isLegacy(node));
  return {
    found: found.filter(isLegacy),
    left_out: [
      ...left_out,
      ...others.map(({ source, program }) => ({ source, because: `it runs ${program}, not antnode` })),
    ],
  };
}
