import { typedWord } from "../base/shell-word.ts";
import { echoed } from "../base/text.ts";
import { dependentsOf, isInUse, withoutSetting } from "../decide/barred.ts";
import type { Finding } from "../model/finding.ts";
import { type ManagerKind, nodeLabel } from "../model/node.ts";
import { type MachineConfig, type SettingName, settingOf } from "../settings/machine.ts";
import { rewardsProblem } from "../settings/rewards.ts";
import type { Unreadable, UnreadableNode, UnreadableRow } from "../settings/unreadable.ts";
import type { Store } from "../store/colony.ts";

/** Findings for unreadable settings and rows in the database. Pure. */
export function unreadableFindings(
  { settings, nodes, containers }: Unreadable,
  managers: ReadonlySet<ManagerKind>,
  rewards_address: string | undefined,
  /** The number of readable nodes. */
  readable: number,
): readonly Finding[] {
  // With this node_cap, no node is added or removed.
  const as_many = Math.max(1, readable + nodes.length);
  return [
    ...[...settings].map(([name, stored]) =>
      settingFinding(name, stored, isInUse(name, managers, rewards_address), as_many),
    ),
    ...nodes.filter(({ storage }) => storage === undefined).map(nodeFinding),
    ...containers.map(containerFinding),
  ];
}

function settingFinding(name: SettingName, stored: string, inUse: boolean, as_many: number): Finding {
  const { hint, stored_only, default: usual } = settingOf(name);
  const matters = inUse && dependentsOf(name) !== "nothing";
  // The default of a setting that decides about nodes is not suggested: that of node_cap could cost some of them.
  const has_usual = !matters && ["string", "number", "boolean"].includes(typeof usual);
  const value = name === "node_cap" ? as_many : has_usual ? typedWord(String(usual)) : "VALUE";
  const cure = `wnm --force_action update_config --${name}=${value}`;
  return {
    key: "unreadable-setting",
    subject: name,
    severity: matters ? "bad" : "warning",
    sentence: `${
      inUse
        ? withoutSetting(name, stored)
        : `The stored ${name} cannot be read (${echoed(stored)}); nothing in this colony uses it`
    }. Expected: ${hint}`,
    ...(stored_only === true ? {} : { cure }),
  };
}

const MEND =
  "Put a backup of the database in its place, or correct the row with sqlite3; to get help, share the file that the command writes";
const BUNDLE = "wnm --report doctor --bundle wnm-bundle.txt";

const nodeFinding = ({ id, because }: UnreadableNode): Finding => ({
  key: "unreadable-node",
  severity: "bad",
  sentence: `The row of ${id === undefined ? "a node" : nodeLabel({ id })} cannot be read (${because}), so wnm leaves the node alone; it counts for node_cap. ${MEND}`,
  cure: BUNDLE,
  node: id,
});

const containerFinding = ({ id, because }: UnreadableRow): Finding => ({
  key: "unreadable-container",
  subject: String(id ?? ""),
  severity: "bad",
  sentence: `The row of container ${id ?? "of unknown number"} cannot be read (${because}), so wnm leaves it and its nodes alone and adds no node. ${MEND}`,
  cure: BUNDLE,
});

/** A finding for a readable address that looks mistyped. */
export function walletFindings({
  rewards_address,
}: Pick<MachineConfig, "rewards_address">): readonly Finding[] {
  const problem = rewards_address === undefined ? undefined : rewardsProblem(rewards_address);
  if (problem === undefined) return [];
  return [
    {
      key: "rewards-address-checksum",
      severity: "warning",
      sentence: `The stored rewards_address may be mistyped, and new nodes are paid to it as it is: ${problem}. Compare it with your wallet`,
      cure: "wnm --rewards_address 0x…",
    },
  ];
}

/** Findings for unreadable stored values, for calls that change no node and work without these values. */
export function storedFindings(
  store: Pick<Store, "machine" | "nodes">,
  unreadable: Unreadable,
): readonly Finding[] {
  const { process_manager, rewards_address } = store.machine() ?? {};
  const kinds = new Set(store.nodes().map((node) => node.manager_type));
  if (process_manager !== undefined) kinds.add(process_manager);
  return [
    ...unreadableFindings(unreadable, kinds, rewards_address, store.nodes().length),
    ...walletFindings({ rewards_address }),
  ];
}
