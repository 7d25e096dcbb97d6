import { isInUse } from "../decide/barred.ts";
import { unknownNodes } from "../decide/force.ts";
import { type NodeId, nodeLabel } from "../model/node.ts";
import { managerKinds } from "../observe/managers.ts";
import { isThere } from "../os/files/presence.ts";
import { minuteTime } from "../report/as-of.ts";
import { spanOf } from "../report/moment.ts";
import { type Issue, named } from "../settings/layers.ts";
import { SETTING_NAMES } from "../settings/machine.ts";
import { reportOf } from "../settings/reports.ts";
import { openStoreToRead, type Store } from "../store/colony.ts";
import { isTyped } from "./asked.ts";
import type { Context } from "./context.ts";
import type { Request, RequestOf } from "./request.ts";
import { settingsOf } from "./settings-of.ts";

/** Throws UsageError with every issue of a wrong call, before anything is locked, asked or written. */
export function refuseWrongCall(context: Context, request: Request): void {
  const { given, paths } = context.options;
  const ids = idsOf(request);
  const asksColony = ids.length > 0 || isTyped("rust_backtrace", given);
  const span = request.kind === "report" ? wrongSpan(context, request) : [];
  if (
    context.issues.length + span.length === 0 &&
    !asksColony &&
    !SETTING_NAMES.some((name) => given.has(name))
  )
    return;
  if (!isThere(paths.database)) {
    settingsOf(context, undefined, span);
    return;
  }
  using store = openStoreToRead(paths.database);
  const remembers = request.kind === "report" && reportOf(request.report).remembers === true;
  const named_ids = remembers ? notRemembered(store, ids) : ids;
  const unknown = unknownNames(context, store, named_ids, remembers);
  settingsOf(context, store, [...span, ...unknown, ...uselessBacktrace(context, store)]);
}

const idsOf = (request: Request): readonly NodeId[] => {
  if (request.kind === "report") return request.ids ?? [];
  return request.kind === "force_action" && "ids" in request.target ? request.target.ids : [];
};

/** Issues for --since in the future or --until before --since: the history would be empty without explanation. */
function wrongSpan({ options, world }: Context, { since, until }: RequestOf<"report">): readonly Issue[] {
  const now = world.clock.now();
  const span = spanOf({ since, until }, now);
  const shown = (name: "since" | "until"): string =>
    `${named(name, options.given)}: ${options.given.get(name)?.text.trim()} is ${minuteTime(span[name], true).trim()}`;
  if (since !== undefined && span.since > now)
    return [
      { name: "since", message: `${shown("since")}, which is in the future; expected: a time in the past` },
    ];
  return since !== undefined && until !== undefined && span.since > span.until
    ? [
        {
          name: "until",
          message: `${shown("until")}, which is before --since (${minuteTime(span.since, true).trim()}); expected: a later time`,
        },
      ]
    : [];
}

/** The ids without a recorded event and without an unreadable row. */
function notRemembered(store: Store, ids: readonly NodeId[]): readonly NodeId[] {
  if (ids.length === 0) return [];
  const known = new Set(store.events({ nodes: ids }).map(({ node }) => node));
  for (const { id } of store.unreadable().nodes) known.add(id);
  return ids.filter((id) => !known.has(id));
}

function unknownNames(
  context: Context,
  store: Store,
  ids: readonly NodeId[],
  remembers: boolean,
): readonly Issue[] {
  if (ids.length === 0) return [];
  const option = named("service_name", context.options.given);
  const lost = new Map(store.unreadable().nodes.map(({ id, because }) => [id, because]));
  const unknown = unknownNodes({ nodes: store.nodes() }, { ids });
  return unknown.map((id) => {
    const because = lost.get(id);
    return {
      name: "service_name",
      message:
        because === undefined
          ? `${option}: there is no ${nodeLabel({ id })} in the colony${remembers ? ", nor in its history" : ""}; expected: names that --report node-status shows`
          : `${option}: the row of ${nodeLabel({ id })} cannot be read (${because}), so nothing is done to it`,
    };
  });
}

function uselessBacktrace({ options, host }: Context, store: Store): readonly Issue[] {
  const { given } = options;
  if (!isTyped("rust_backtrace", given)) return [];
  const { process_manager = host.process_manager } = store.machine() ?? {};
  const kinds = managerKinds({ process_manager }, store.nodes());
  if (isInUse("antctl_path", kinds, undefined)) return [];
  const option = named("rust_backtrace", given);
  return [
    { name: "rust_backtrace", message: `${option}: does nothing in this colony, which does not use antctl` },
  ];
}
