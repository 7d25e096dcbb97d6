import { uidOf } from "../os/account.ts";
import { lookAt, ownerOf, showsOthers } from "../os/processes/identity.ts";
import type { ProcessList } from "../os/processes/process-table.ts";

const HIDDEN = "/proc hides processes of other accounts (hidepid)";

/** Whose processes can be nodes. */
export type NodeOwner = {
  /** Number of the account that the nodes run as; undefined: it is unknown, and processes of any account count. */
  readonly uid: () => number | undefined;
  /** Node programs may be scripts or emulators that run the real one; without it only processes named like a node count. */
  readonly wrapped: boolean;
  /** In containers processes have numbers that no account of this machine has. */
  readonly mapped?: (uid: number) => boolean;
};

/** Processes of this very account. */
export const OWN_PROCESSES: NodeOwner = { uid: () => process.getuid?.(), wrapped: true };

/** Processes of the account of that name. */
export function processesOfAccount(user: string): NodeOwner {
  let known: { readonly uid: number | undefined } | undefined;
  const uid = () => {
    known ??= { uid: uidOf(user) };
    return known.uid;
  };
  return { uid, wrapped: true };
}

/** The account that runs wnm. */
export const ownUid = (): number | undefined => process.getuid?.();

/**
 * Whether a process of account `of` may be one of the owner's nodes. Root and this account always count: what they start
 * on a node's folder is using it. `user`: the account that the node runs as.
 */
export function belongs({ uid, mapped }: NodeOwner, of: number | undefined, user?: string): boolean {
  const wanted = uid();
  if (wanted === undefined || of === undefined || of === wanted || of === 0 || of === ownUid()) return true;
  return mapped?.(of) === true || (user !== undefined && of === uidOf(user));
}

/** Why there may be more processes of the nodes' account than those listed; undefined when all of them are. */
export function whyHidden(list: ProcessList, owner: NodeOwner): string | undefined {
  const uid = owner.uid();
  const unread = list.unreadable.find((pid) => {
    const of = ownerOf(pid);
    return (of === undefined ? lookAt(pid).seen !== "ended" : of === uid) || uid === undefined;
  });
  if (uid !== undefined && uid !== ownUid() && (unread !== undefined || !showsOthers(list))) return HIDDEN;
  return unread === undefined ? undefined : `process ${unread} cannot be inspected`;
}
