import { echoed } from "../base/text.ts";
import type { Action } from "../model/action.ts";
import { type ActionType, actionTypesThat } from "../model/action-types.ts";
import type { ManagerKind, Node, NodeId } from "../model/node.ts";
import { type SettingName, settingOf } from "../settings/machine.ts";
import { paysDonate } from "../settings/rewards.ts";
import type { Dependents } from "../settings/setting.ts";
import type { Unreadable } from "../settings/unreadable.ts";
import type { Snapshot } from "./snapshot.ts";

const ADDING = actionTypesThat((row) => row.creates_node);
const STARTING = actionTypesThat((row) => row.starts_process);
const REMOVING = actionTypesThat((row) => row.becomes === "REMOVING");
const DECIDING = actionTypesThat((row) => row.by_threshold);
const EVERYTHING = actionTypesThat((row) => row.becomes !== undefined);

type Bar = {
  readonly actions: readonly ActionType[];
  /** Does not apply to forced actions. */
  readonly only_rules?: true;
  /** Does not apply to a node with its own wallet. */
  readonly only_unpaid?: true;
  /** A clause that says what wnm does not do. */
  readonly consequence: string;
};

const BARS: Readonly<Record<Dependents, Bar>> = {
  adding: { actions: ADDING, consequence: "no node is added" },
  starting: { actions: STARTING, consequence: "no node is added or started" },
  paying: {
    actions: STARTING,
    only_unpaid: true,
    consequence: "no node is added, and only nodes with a wallet of their own are started",
  },
  deciding: {
    actions: DECIDING,
    only_rules: true,
    consequence: "wnm adds, starts, stops, upgrades and removes no node unless told to",
  },
  removing: {
    actions: REMOVING,
    only_rules: true,
    consequence: "wnm removes no node unless told to",
  },
  everything: { actions: EVERYTHING, consequence: "nothing is done to any node" },
  nothing: { actions: [], consequence: "its default is used instead" },
};

/** Settings that only some managers use. */
const FAMILIES: Readonly<Record<string, RegExp>> = { antctl: /^antctl/, container: /^(docker|s6overlay)/ };

/** True when a manager in use reads the setting. donate_address counts only if rewards_address may refer to it. */
export const isInUse = (
  name: SettingName,
  managers: Iterable<ManagerKind>,
  rewards_address: string | undefined,
): boolean => {
  if (name === "donate_address" && rewards_address !== undefined && !paysDonate(rewards_address))
    return false;
  const family = FAMILIES[settingOf(name).group];
  return family === undefined || [...managers].some((kind) => family.test(kind));
};

/** What cannot be done without the setting. */
export const dependentsOf = (name: SettingName): Dependents => settingOf(name).needed_for ?? "everything";

/** A sentence that the stored setting is unreadable and what wnm does not do because of it. */
export const withoutSetting = (name: SettingName, stored: string): string =>
  `The stored ${name} cannot be read (${stored === "" ? "it is empty" : echoed(stored)}), so ${BARS[dependentsOf(name)].consequence}`;

/** A new container might get the number and ports of the unreadable one. */
const LOST_CONTAINER = "The row of a container cannot be read, so no node is added";

const noStorage = ({ nowhere, lost_storages }: Omit<Unreadable, "nodes">): string | undefined => {
  if (nowhere !== true) return undefined;
  const because = [...(lost_storages?.values() ?? [])].join("; ");
  return `${because.charAt(0).toUpperCase()}${because.slice(1)}, so no node is added`;
};

/** Why an action is not possible, because something it depends on is unreadable; undefined when it is possible. */
export function barred(
  action: Pick<Action, "type"> & { readonly node?: NodeId | undefined },
  unreadable: Omit<Unreadable, "nodes">,
  by: "rules" | "operator",
  nodes: readonly Pick<Node, "id" | "wallet">[],
): string | undefined {
  const { type } = action;
  const { settings, containers } = unreadable;
  for (const [name, stored] of settings) {
    const { actions, only_rules, only_unpaid } = BARS[dependentsOf(name)];
    if (only_unpaid && nodes.some(({ id, wallet }) => id === action.node && wallet !== undefined)) continue;
    if (actions.includes(type) && (by === "rules" || only_rules !== true))
      return withoutSetting(name, stored);
  }
  if (!ADDING.includes(type)) return undefined;
  return containers.length > 0 ? LOST_CONTAINER : noStorage(unreadable);
}

/** Reasons, from unreadable values, why the rules do less than usual. */
export const reasonsBarred = ({ unreadable }: Pick<Snapshot, "unreadable">): readonly string[] => [
  ...[...unreadable.settings].flatMap(([name, stored]) =>
    dependentsOf(name) === "nothing" ? [] : [withoutSetting(name, stored)],
  ),
  ...(unreadable.containers.length > 0 ? [LOST_CONTAINER] : []),
  ...[noStorage(unreadable) ?? []].flat(),
];
