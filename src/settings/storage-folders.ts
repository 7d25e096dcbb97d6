import type { ManagerKind } from "../model/node.ts";
import type { Folders } from "./kinds/texts.ts";
import type { MachineConfig } from "./machine.ts";

/** Managers that put all new nodes into one folder, each with the reason, as the end of a sentence. */
const ONE_FOLDER: Readonly<Partial<Record<ManagerKind, string>>> = {
  "antctl+zen": "antctl chooses the nodes' folder itself",
  "s6overlay+user": "the nodes of a container share its one storage",
};

/** Why a colony of this manager has one storage for new nodes; undefined where it may have several. */
export const whyOneFolder = (kind: ManagerKind): string | undefined => ONE_FOLDER[kind];

/** The folders that new nodes are put into. */
export const foldersForNew = ({
  node_storage,
  process_manager,
}: Pick<MachineConfig, "node_storage" | "process_manager">): Folders =>
  whyOneFolder(process_manager) === undefined ? node_storage : [node_storage[0]];
