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
  /** Orders of the operator do not depend on it. */
  readonly only_rules?: true;
  /** A node with a wallet of its own does not depend on it. */
  readonly only_unpaid?: true;
  /** What wnm then leaves undone, for people. */
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
    consequence: "without an order wnm adds, starts, stops, upgrades and removes no node",
  },
  removing: {
    actions: REMOVING,
    only_rules: true,
    consequence: "without an order wnm removes no node",
  },
  everything: { actions: EVERYTHING, consequence: "nothing is done to any node" },
  nothing: { actions: [], consequence: "its default stands in for it" },
};

/** Groups of settings that mean something to some managers only. */
const FAMILIES: Readonly<Record<string, RegExp>> = { antctl: /^antctl/, container: /^(docker|s6overlay)/ };

/** True when one of the managers in use reads the setting; donate_address, when rewards_address may name it. */
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

/** What depends on the setting. */
export const dependentsOf = (name: SettingName): Dependents => settingOf(name).needed_for ?? "everything";

/** The setting as people know it, and what is left undone without it. */
export const withoutSetting = (name: SettingName, stored: string): string =>
  `The stored ${name} cannot be read (${stored === "" ? "it is empty" : echoed(stored)}), so ${BARS[dependentsOf(name)].consequence}`;

/** A new container might get the number and ports of the unreadable one. */
const LOST_CONTAINER = "The row of a container cannot be read, so no node is added";

const noStorage = ({ nowhere, lost_storages }: Omit<Unreadable, "nodes">): string | undefined => {
  if (nowhere !== true) return undefined;
  const because = [...(lost_storages?.values() ?? [])].join("; ");
  return `${because.charAt(0).toUpperCase()}${because.slice(1)}, so no node is added`;
};

/** Why an action is not done, because what it depends on cannot be read; undefined when nothing speaks against it. */
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

/** Why the rules leave something undone. */
export const reasonsBarred = ({ unreadable }: Pick<Snapshot, "unreadable">): readonly string[] => [
  ...[...unreadable.settings].flatMap(([name, stored]) =>
    dependentsOf(name) === "nothing" ? [] : [withoutSetting(name, stored)],
  ),
  ...(unreadable.containers.length > 0 ? [LOST_CONTAINER] : []),
  ...[noStorage(unreadable) ?? []].flat(),
];
