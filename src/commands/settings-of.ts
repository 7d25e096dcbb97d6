import { dirname } from "node:path";
import { UsageError } from "../base/errors.ts";
import { expandHome } from "../os/paths.ts";
import type { Folders } from "../settings/kinds/texts.ts";
import type { Given, Issue } from "../settings/layers.ts";
import type { MachineConfig } from "../settings/machine.ts";
import { type Resolved, resolve, switchedOff } from "../settings/resolve.ts";
import type { Unreadable } from "../settings/unreadable.ts";
import type { Store } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { pathIssues } from "./path-issues.ts";

/** The settings of this call. Throws UsageError with every issue of the call. */
export function settingsOf(
  context: Context,
  store: Pick<Store, "machine" | "nodes" | "unreadableSettings" | "pythonArgs"> | undefined,
  more: readonly Issue[] = [],
): Resolved {
  const action = context.once.force_action;
  const meant = withoutPythonArgs(context.options.given, store);
  const given = action === "disable_config" ? switchedOff(meant) : meant;
  const { resolved, issues } = resolve(
    given,
    store?.machine(),
    context.host,
    action === "update_config",
    store?.unreadableSettings(),
  );
  const { config, changes } = resolved;
  const all = [
    ...context.issues,
    ...issues,
    ...more,
    ...pathIssues(changes, given, store?.machine(), context.world),
  ];
  if (all.length > 0) throw new UsageError(all);
  context.world.log.choose(() => config.log_format);
  const whole =
    store === undefined
      ? config
      : { ...config, ...impliedByNodes(unreadableSettingsIn(context, store), store) };
  return {
    config: { ...whole, node_storage: expanded(whole.node_storage, context.world.home) },
    changes,
  };
}

const expanded = ([first, ...rest]: Folders, home: string): Folders => [
  expandHome(first, home),
  ...rest.map((folder) => expandHome(folder, home)),
];

/**
 * Ignores start_args from a file or the environment if they equal what Python wnm stored but never used. Typed on the
 * command line, they count.
 */
function withoutPythonArgs(given: Given, store: Pick<Store, "pythonArgs"> | undefined): Given {
  const source = given.get("start_args");
  const text = store?.pythonArgs()?.text;
  return source !== undefined && source.layer !== "command line" && source.text.trim() === text?.trim()
    ? new Map([...given].filter(([name]) => name !== "start_args"))
    : given;
}

/** All unreadable stored values, except settings that this call replaces. */
export function unreadableIn(
  context: Context,
  store: Pick<Store, "unreadable" | "unreadableSettings">,
): Unreadable {
  return { ...store.unreadable(), settings: unreadableSettingsIn(context, store) };
}

/** Only the unreadable settings. */
export const unreadableSettingsIn = (
  context: Context,
  store: Pick<Store, "unreadableSettings">,
): Unreadable["settings"] =>
  new Map([...store.unreadableSettings()].filter(([name]) => !context.options.given.has(name)));

/** Substitutes for unreadable settings, taken from the nodes: enough to manage existing nodes, not to add one. */
function impliedByNodes(
  settings: Unreadable["settings"],
  store: Pick<Store, "nodes">,
): Partial<MachineConfig> {
  if (!settings.has("process_manager") && !settings.has("node_storage")) return {};
  const [first] = store.nodes();
  if (first === undefined) return {};
  return {
    ...(settings.has("process_manager") ? { process_manager: first.manager_type } : {}),
    ...(settings.has("node_storage") ? { node_storage: [dirname(first.root_dir)] as const } : {}),
  };
}
