import { unknownNodes } from "./decide/force.ts";
import { idsNamed } from "./decide/names.ts";
import { Refused, UsageError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { HostFacts } from "./model/host.ts";
import type { NodeId } from "./model/node.ts";
import type { Options } from "./options.ts";
import { accountOf } from "./os/account.ts";
import { exists, ownerOfFile } from "./os/files.ts";
import { acquireLock } from "./os/lock.ts";
import { expandHome, lockPath } from "./os/paths.ts";
import type { Request } from "./request.ts";
import { type Issue, named } from "./settings/given.ts";
import { type MachineConfig, SETTING_NAMES } from "./settings/machine.ts";
import type { OnceValues } from "./settings/once.ts";
import { type Resolved, resolve, switchedOff } from "./settings/resolve.ts";
import { openStoreToRead, type Store } from "./store/store.ts";
import type { World } from "./world.ts";

/** What every step of a call needs. */
export type Call = {
  readonly options: Options;
  readonly once: OnceValues;
  readonly log: Log;
  readonly world: World;
  readonly host: HostFacts;
  readonly issues: readonly Issue[];
  /** Ends a stage of --timings. */
  readonly lap: (stage: string) => void;
};

/** What defaults are made from. */
export function hostFacts(options: Options, world: World): HostFacts {
  const kind = world.platform === "darwin" ? "launchd" : "systemd";
  return {
    cpu_count: navigator.hardwareConcurrency,
    home: world.home,
    paths: options.paths,
    process_manager: `${kind}+${options.mode}`,
  };
}

/** The settings of this call. Throws UsageError with every issue of the call. */
export function settingsOf(
  call: Call,
  stored: Partial<MachineConfig> | undefined,
  more: readonly Issue[] = [],
): Resolved {
  const action = call.once.force_action;
  const given = action === "disable_config" ? switchedOff(call.options.given) : call.options.given;
  const { resolved, issues } = resolve(given, stored, call.host, action === "update_config");
  const all = [...call.issues, ...issues, ...more];
  if (all.length > 0) throw new UsageError(all);
  const { config, changes } = resolved;
  return {
    config: { ...config, node_storage: expandHome(config.node_storage, call.world.home) },
    changes,
  };
}

/**
 * Refuses a wrong call before anything is locked, asked or written: with every issue at once, those included that
 * only the colony can tell. Throws UsageError.
 */
export function judge(call: Call, request: Request): void {
  const { given, paths } = call.options;
  const named = idsOf(request);
  if (call.issues.length === 0 && named.length === 0 && !SETTING_NAMES.some((name) => given.has(name)))
    return;
  if (!exists(paths.database)) {
    settingsOf(call, undefined);
    return;
  }
  using store = openStoreToRead(paths.database);
  settingsOf(call, store.machine(), unknownOnes(call, store, named));
}

/** The once-only options with the nodes of --service_name as ids, by what the colony calls its nodes. */
export function withIds(once: OnceValues, database: string): OnceValues {
  const { service_name } = once;
  if (!service_name?.some((name) => typeof name === "string")) return once;
  if (!exists(database)) return { ...once, service_name: idsNamed(service_name, []) };
  using store = openStoreToRead(database);
  return { ...once, service_name: idsNamed(service_name, store.nodes()) };
}

const idsOf = (request: Request): readonly NodeId[] => {
  if (request.kind === "report") return request.ids ?? [];
  return request.kind === "force" && "ids" in request.target ? request.target.ids : [];
};

function unknownOnes(call: Call, store: Store, ids: readonly NodeId[]): readonly Issue[] {
  if (ids.length === 0) return [];
  const unknown = unknownNodes({ nodes: store.nodes() }, { ids });
  const option = named("service_name", call.options.given);
  return unknown.map((label) => ({
    name: "service_name",
    message: `${option}: there is no ${label} in the colony; expected: names that --report node-status shows`,
  }));
}

/** The colony's lock. Throws LockHeld. */
export function acquire(call: Call): Disposable {
  refuseAsRoot(call);
  const lock = acquireLock(
    lockPath(call.options.paths.database),
    `pid ${process.pid}, started ${new Date(call.world.clock.now() * 1000).toISOString()}, ${["wnm", ...process.argv.slice(2)].join(" ")}`,
  );
  if (lock.left_behind !== undefined) call.log.warn(lock.left_behind);
  return lock;
}

/** What root makes in a user's colony the user's own runs can neither stop nor remove. Throws Refused. */
function refuseAsRoot({ options, world }: Call): void {
  const { database } = options.paths;
  const owner = options.mode === "user" && world.uid === 0 ? ownerOfFile(database) : undefined;
  if (owner === undefined || owner === world.uid) return;
  const user = accountOf(owner)?.user ?? `#${owner}`;
  throw new Refused(
    `The colony of ${database} belongs to another account, so root does nothing there: sudo -u ${user} wnm`,
  );
}

/** The lock; but not before init: without a database there is nothing to lock and nothing is created. */
export function lockOf(call: Call): Disposable | undefined {
  return exists(call.options.paths.database) ? acquire(call) : undefined;
}
