import { typedWord } from "../../base/shell-word.ts";
import { counted } from "../../base/text.ts";
import { diskFigures } from "../../decide/disk-figures.ts";
import { diskUse } from "../../host/disk.ts";
import { hostOf } from "../../host/host.ts";
import type { HostMetrics } from "../../model/host.ts";
import { storageOf } from "../../model/node.ts";
import { seeDisks } from "../../observe/disks.ts";
import { adviceOnLost } from "../../observe/lost-storage.ts";
import { silentStorage } from "../../observe/reach.ts";
import { storageFolders } from "../../observe/storages.ts";
import { accountOf } from "../../os/account.ts";
import { asAccount, asRoot } from "../../os/advice.ts";
import { kernelText } from "../../os/files/kernel-text.ts";
import { ownerOfFile } from "../../os/files/presence.ts";
import { type Marks, storageProblem } from "../../os/files/storage-marker.ts";
import { pathsFor, realPath } from "../../os/paths.ts";
import { groupOfNodes } from "../../process/managers.ts";
import { shownForecast } from "../../report/disk-forecast.ts";
import { shownBytes, shownPercent } from "../../report/shown-figures.ts";
import type { MachineConfig } from "../../settings/machine.ts";
import { openStoreToRead } from "../../store/colony.ts";
import { glance, isReleased } from "../../store/read-database.ts";
import { restoreCommand } from "../restore-command.ts";
import { usersColony } from "../users-colony.ts";
import { type Answer, found, good, note, type Patient, type Question } from "./answer.ts";
import { capFor, type Resources, type Room, roomFor } from "./room.ts";

/** Checks that each storage is present and belongs to this colony; reports how full its disk is and how fast it fills. */
export const askStorages: Question = (patient) => {
  const { store, config, nodes, silent } = patient;
  const filling = fillingOf(patient);
  const marks = new Map(store.storages().map(({ path, id }) => [path, id]));
  return [...marks.keys()].flatMap((path): readonly Answer[] => {
    if (silent.has(path)) return [found("storage-silent", silentStorage(path))];
    const there = nodes.filter((node) => storageOf(node) === path);
    const takes_new = config.node_storage.includes(path);
    const problem = storageProblem(path, marks);
    if (!takes_new && there.length === 0)
      return problem === undefined
        ? [
            note(
              `storage ${path} belongs to this colony but is unused: it has no nodes and is not in node_storage`,
            ),
          ]
        : [];
    if (problem !== undefined) return lostStorage(patient, path, problem, marks);
    const room = filling(path);
    const leaves = `wnm --force_action move --from ${path} --to FOLDER`;
    return [
      good(`storage ${path} belongs to this colony, ${counted(there.length, "node")}${room}`),
      ...(takes_new
        ? []
        : [
            note(
              `storage ${path} takes no new nodes, since node_storage does not name it; ${there.length} ${there.length === 1 ? "is" : "are"} still there`,
              `to empty it: ${leaves}`,
            ),
          ]),
    ];
  });
};

/** The finding for a lost storage, unless the runs have already reported it. */
function lostStorage(
  { store, nodes }: Patient,
  path: string,
  problem: string,
  marks: Marks,
): readonly Answer[] {
  const is_known = store
    .findings()
    .some(({ key, subject, open }) => open && key === "storage-lost" && subject === path);
  if (is_known) return [];
  const ids = nodes.flatMap((node) => (storageOf(node) === path ? node.id : []));
  const whose = ids.length === 0 ? "No node is added there" : "The nodes there are left alone";
  const { words, cure } = adviceOnLost(path, problem, ids, marks);
  return [
    found("storage-problem", {
      subject: path,
      sentence: `${whose}, because ${problem}${problem.endsWith("?") ? "" : "."} ${words}`,
      cure,
    }),
  ];
}

/** The disk of a storage and how it fills: ", 200 GB free of 1 TB on ext4, 80 % used, +1.2 GB a day, full (90 %) in about 38 days". */
function fillingOf(patient: Patient): (path: string) => string {
  const { store, config, nodes, now } = patient;
  const paths = storageFolders(answering(patient), nodes).filter((path) => diskUse(path) !== undefined);
  const { disks } = seeDisks(paths, config.node_storage);
  const [first] = disks;
  if (first === undefined) return () => "";
  const figures = diskFigures({
    ...{ config, disks, nodes, now, metrics: first as unknown as HostMetrics },
    ...{ disk_histories: store.diskHistories(), history: store.history() },
  });
  return (path) => {
    const one = figures.find(({ storages }) => storages.includes(path));
    const { free_hd_bytes: free, total_hd_bytes: total } = one ?? {};
    if (one === undefined || free === undefined || total === undefined) return "";
    const of = one.hd_of === undefined ? "" : ` of ${one.hd_of}`;
    const size = `, ${shownBytes(free)} free of ${shownBytes(total)}${fileSystemOf(path)}, ${shownPercent(one.used_hd_percent)}${of} used`;
    if (one.growth_bytes_per_day === undefined) return size;
    const full = shownForecast({ ...one, hd_remove: config.hd_remove });
    return `${size}, +${shownBytes(one.growth_bytes_per_day)} a day${full === undefined ? "" : `, ${full}`}`;
  };
}

/** The node_storage folders that respond. */
const answering = ({ config, silent }: Patient): readonly string[] =>
  config.node_storage.filter((folder) => !silent.has(folder));

/** " on ext4": the file system with the longest mount point above the folder. */
function fileSystemOf(path: string): string {
  const mounts = (kernelText("/proc/self/mounts") ?? "").split("\n").map((line) => line.split(" "));
  const above = mounts.filter(([, at = "-"]) => at === "/" || path === at || path.startsWith(`${at}/`));
  const [nearest] = above.toSorted(([, a = ""], [, b = ""]) => b.length - a.length);
  return nearest?.[2] === undefined ? "" : ` on ${nearest[2]}`;
}

/** Checks the integrity of the whole database. */
export const askDatabase: Question = ({ store, options }) => {
  const problem = store.problem();
  return [
    problem === undefined
      ? good(`database ${options.paths.database} is intact`)
      : found("database-damaged", {
          sentence: `The database ${options.paths.database} is damaged: ${problem.replaceAll("\n", " ")}. The command moves it aside, and restores the newest backup or imports the nodes`,
          cure: restoreCommand(options.paths.database, "damaged"),
        }),
  ];
};

/** Checks for a second colony on this machine, of the user or root, and for overlapping port ranges. */
export const askOtherColony: Question = ({ options, world, config }) => {
  const paths = pathsFor(options.mode === "user" ? "sudo" : "user", world.platform, world.home);
  const places = [paths.database, usersColony(world)?.database ?? paths.database];
  return [...new Set(places)].flatMap((database) =>
    database === options.paths.database ? [] : besideColony(database, config),
  );
};

function besideColony(database: string, config: MachineConfig): readonly Answer[] {
  const other = glance(database);
  if (other === undefined || other.nodes === 0) return [];
  if (isReleased(database))
    return [
      note(
        `${database} is a colony that was released; its ${counted(other.nodes, "node is", "nodes are")} still on this machine`,
      ),
    ];
  const start = portStartOf(database);
  const shared = start === config.port_start;
  return [
    found("two-colonies", {
      severity: shared ? "bad" : "warning",
      sentence: `There is another colony with ${counted(other.nodes, "node")}, ${database}${shared ? `, and both take ports from ${start}001` : ""}. Release one of them`,
      cure: releaseOf(database),
    }),
  ];
}

/** The command that releases a colony, run as the account that owns it. */
function releaseOf(database: string): string {
  const program = typedWord(realPath(process.execPath));
  const owner = ownerOfFile(database);
  const user = owner === undefined ? undefined : accountOf(owner)?.user;
  // An account may have several colonies.
  const call = `${program} --release --dbpath ${typedWord(database)}`;
  return user === undefined || user === "root" ? asRoot(call) : asAccount(user, call);
}

/** port_start of another colony; undefined when this account may not read its database. */
function portStartOf(database: string): number | undefined {
  try {
    using store = openStoreToRead(database);
    return store.machine()?.port_start;
  } catch {
    return undefined;
  }
}

/** Compares node_cap with the number of nodes that disk and memory can sustain. */
export const askRoom: Question = async (patient) => {
  const { config, nodes } = patient;
  const rooms = await roomOf(patient);
  const places = Math.max(config.node_cap, nodes.length);
  const cap = capFor(rooms) ?? places;
  const says = rooms.map(({ of, sum }): Answer => note(`${of}: ${sum}`));
  return cap >= places
    ? says
    : [
        ...says,
        note(`node_cap ${config.node_cap} is more than that`, `fits for good: wnm --node_cap ${cap}`),
      ];
};

/** How many nodes this machine can sustain, as measured now. */
export async function roomOf(patient: Patient): Promise<readonly Room[]> {
  const { config, nodes, world } = patient;
  const { disks } = seeDisks(answering(patient), config.node_storage);
  const memory = await (await hostOf(world.platform)).memory(groupOfNodes(config.process_manager, world.uid));
  const known = nodes.flatMap(({ mem, status }) =>
    status === "RUNNING" && mem ? (mem / 100) * 1024 ** 2 : [],
  );
  const held = {
    disk: nodes.reduce((sum, { data_bytes = 0 }) => sum + data_bytes, 0),
    memory: known.reduce((sum, mem) => sum + mem, 0),
  };
  const each = known.length === 0 ? undefined : held.memory / known.length;
  return roomFor(config, { disk: sumOfDisks(disks), memory: memory?.least }, held, each);
}

/** The sum of all disks; undefined when one cannot be measured. */
function sumOfDisks(
  disks: readonly Pick<HostMetrics, "free_hd_bytes" | "used_hd_percent">[],
): Resources["disk"] {
  if (disks.length === 0) return undefined;
  let [usable, free] = [0, 0];
  for (const { free_hd_bytes, used_hd_percent } of disks) {
    if (free_hd_bytes === undefined || used_hd_percent === undefined) return undefined;
    free += free_hd_bytes;
    usable += (free_hd_bytes * 100) / Math.max(100 - used_hd_percent, 0.01);
  }
  return { usable, free };
}
