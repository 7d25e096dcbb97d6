import { typedWord } from "../base/shell-word.ts";
import { type NodeId, nodeLabel, storageOf } from "../model/node.ts";
import { asRoot } from "../os/advice.ts";
import { presenceOf } from "../os/files/presence.ts";
import { isSwapped, MARKER, type Marks } from "../os/files/storage-marker.ts";
import type { Store } from "../store/colony.ts";

/** Advice on a missing storage, including a permanently lost one, and the command that may restore it. */
export function adviceOnLost(
  storage: string,
  because: string,
  ids: readonly NodeId[],
  marks: Marks,
): { readonly words: string; readonly cure: string } {
  const mark = marks.get(storage);
  const folder = typedWord(storage);
  // Its disk is probably mounted in the other one's place, so nothing is lost.
  if (isSwapped(because)) return { words: "Mount each disk where it was", cure: `df ${folder}` };
  const unused = ids.length > 0 ? "" : ", or take the folder out of --node_storage";
  const mount = `Mount its disk (df ${folder} shows what is there)${unused}`;
  const cure = asRoot("mount -a");
  if (mark === undefined) return { words: mount, cure };
  const write = `echo ${mark} > ${typedWord(`${storage}/${MARKER}`)}`;
  // If its nodes' folders are there, it is the right disk and has only lost its marker file.
  const is_there =
    ids.length > 0 && ids.every((id) => presenceOf(`${storage}/${nodeLabel({ id })}`) === "present");
  const lacks_mark = presenceOf(`${storage}/${MARKER}`) === "absent";
  const give_up =
    ids.length === 0
      ? ""
      : `, and give its nodes up: wnm --force_action remove --service_name ${ids.join(",")} --confirm`;
  return {
    words: `${mount}. If another disk is in its place for good, or none will be: mkdir -p ${folder}; ${write}${give_up}`,
    cure: is_there && lacks_mark ? write : cure,
  };
}

/** The command that may restore the first of these storages. */
export function cureOfLost(
  store: Pick<Store, "storages" | "nodes">,
  problems: ReadonlyMap<string, string>,
): string | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  const [storage, because] = first;
  const ids = store.nodes().flatMap((node) => (storageOf(node) === storage ? node.id : []));
  return adviceOnLost(storage, because, ids, new Map(store.storages().map(({ path, id }) => [path, id])))
    .cure;
}
