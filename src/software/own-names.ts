import { NODE_FOLDER } from "../os/files/removable-folder.ts";

/** The programs, and what is named after them: logs, a config file, a pid file, what an upgrade leaves. */
const PROGRAM_FILES = /^ant-?node/;

/** What else ant-node (0.14 to 0.23), antnode (0.4), their managers and wnm make in a node's folder. */
const OTHERS =
  /^(?:node_identity\.key|secret-key|chunks|chunks\.mdb|paid_list\.mdb|pointers|close_group_cache\.json|routing_snapshot\.json|commitment_retention|webrtc-direct\.|migration-state\.json|bootstrap_peers\.toml|node\.pid|logs|stdout\.log|stderr\.log|output\.log|record_store|network_id|network_key_version|critical_failure\.log)/;
const WITH_MORE = /^(?:secret-key|chunks\.mdb|commitment_retention|webrtc-direct\.)/;
const TEMPORARY = /^(?:|\.new|\.tmp.*|\.lock)$/;

/** True for the name of something that a node, its manager or wnm makes in the node's folder. Pure. */
export function isNodesOwn(name: string, is_folder: boolean): boolean {
  if (PROGRAM_FILES.test(name)) return !is_folder && !NODE_FOLDER.test(name);
  const known = OTHERS.exec(name)?.[0];
  return known !== undefined && (WITH_MORE.test(name) || TEMPORARY.test(name.slice(known.length)));
}
