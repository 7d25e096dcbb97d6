import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { Refused, WnmError } from "../errors.ts";
import { type Adoption, adopt } from "../import/adopt.ts";
import { adoptedNodes, extrasLearned } from "../import/import.ts";
import { importText } from "../import/import-report.ts";
import { init, refuseSecond } from "../init.ts";
import { type Node, nodeLabel } from "../model/node.ts";
import { exists, syncPath } from "../os/files.ts";
import { nodesOfUnits } from "../process/systemd-discover.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { type Beginning, learnedSource, type Takeover } from "../takeover.ts";
import { backUpAnm, hasBackup, putBack } from "./backup.ts";
import { holdAnmOff } from "./block.ts";
import { ANM, textOf, walletFile } from "./places.ts";
import { anmSettings, readNodeDetails } from "./settings.ts";

/**
 * Makes a colony of anm's nodes, which run on as they are. anm is held off first and loses its entry in cron last but
 * the database, so that at no moment two manage. Gives the colony's settings. May be called again after a kill. Throws WnmError, or Refused.
 */
export async function migrateAnm(takeover: Takeover): Promise<MachineConfig> {
  const { world, log } = takeover.call;
  refuseSecond((await takeover.begin()).host.paths.database);
  if (![ANM.system, ANM.config, ANM.cron].some(exists))
    throw new WnmError(`There is no anm here: neither ${ANM.config} nor ${ANM.cron} is there`);
  if (world.uid !== 0) throw new WnmError("anm belongs to root: run sudo wnm --init --migrate_anm");
  await taken(takeover);
  using _block = await holdAnmOff(world, log);
  // anm may have worked meanwhile.
  const { adoption, beginning, nodes, notes } = await taken(takeover);
  backUpAnm();
  if (exists(ANM.cron)) {
    rmSync(ANM.cron);
    syncPath(dirname(ANM.cron));
  }
  let summary: string;
  try {
    summary = await init({ ...beginning, nodes }, world);
  } catch (error) {
    putBack(ANM.cron);
    throw error;
  }
  world.print(
    [
      importText(adoption, nodes, beginning.config, beginning.host.paths.database),
      ...notes.map((note) => `Note: ${note}\n`),
      `anm no longer runs; its entry in cron and its files are kept in ${ANM.backup}.\nTo put it back: sudo wnm --migrate_anm --undo\n`,
      summary,
    ].join(""),
  );
  return beginning.config;
}

/** Everything that anm has, as the beginning of a colony. Changes nothing. */
async function taken(takeover: Takeover): Promise<{
  adoption: Adoption;
  beginning: Beginning;
  nodes: readonly Node[];
  notes: readonly string[];
}> {
  const { world, options } = takeover.call;
  const { given } = options;
  const cron = textOf(ANM.cron) ?? (hasBackup() ? textOf(`${ANM.backup}${ANM.cron}`) : undefined);
  const wallet = walletFile(cron);
  const settings = anmSettings(
    {
      config: textOf(ANM.config),
      override: textOf(ANM.override),
      wallet: wallet === undefined ? undefined : textOf(wallet),
      script: textOf(ANM.script),
    },
    new Set(given.keys()),
  );
  const finds = nodesOfUnits(ANM.units, "systemd+sudo", { h: "/root", u: "root" });
  const known = new Map([
    ...settings.learned,
    ...[...given].map(([name, { text }]) => [name, text] as const),
    ["process_manager", "systemd+sudo"] as const,
  ]);
  // anm may hold more nodes than its cap and works them off.
  known.delete("node_cap");
  const adoption = adopt(finds, { given: known, hasFolder: exists, colonyOf: () => undefined });
  const problems = [...settings.problems, ...adoption.problems];
  if (problems.length > 0) {
    throw new Refused(
      ["Nothing was changed; this has to be settled first:", ...problems.map((one) => `  - ${one}`)].join(
        "\n",
      ),
    );
  }
  const extras = await extrasLearned(adoption, new Map(known), world);
  const learned = new Map([...extras.learned, ["process_manager", "systemd+sudo"], ...settings.learned]);
  const complete = { ...adoption, learned };
  const beginning = await takeover.begin(learnedSource(learned, "anm"));
  const details = readNodeDetails(textOf(ANM.nodes) ?? "");
  const nodes = (await adoptedNodes(complete, beginning.config, world)).map((node) => ({
    ...node,
    peer_id: node.peer_id ?? (details.get(node.id)?.peer_id || undefined),
    version: node.version ?? (details.get(node.id)?.version || undefined),
  }));
  return {
    adoption: complete,
    beginning,
    nodes,
    notes: [...settings.notes, ...notesOf(nodes, details, beginning)],
  };
}

function notesOf(
  nodes: readonly Node[],
  details: ReadonlyMap<number, unknown>,
  { config }: Beginning,
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
