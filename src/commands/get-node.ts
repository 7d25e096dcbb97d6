import { dirname } from "node:path";
import { EXIT, type ExitCode, failureOf, Refused, WnmError } from "../base/errors.ts";
import { counted } from "../base/text.ts";
import { eventsOfSettings } from "../decide/events/settings.ts";
import { isOutdated } from "../decide/snapshot.ts";
import { isDue, rememberAttempt, rememberSuccess } from "../get-node/daily.ts";
import { describeGetNode, getNode, type Order } from "../get-node/get-node.ts";
import type { NodeBinary } from "../model/host.ts";
import { nodeLabel, type SoftwareKind } from "../model/node.ts";
import { isThere } from "../os/files/presence.ts";
import { expandHome } from "../os/paths.ts";
import { progressLine } from "../os/progress.ts";
import type { MachineConfig, SettingName } from "../settings/machine.ts";
import { SOFTWARE } from "../software/generations.ts";
import { NOTHING_KNOWN } from "../software/program-memory.ts";
import { knownPrograms, type Programs } from "../software/programs.ts";
import { openStore, openStoreToRead, type Store } from "../store/colony.ts";
import { askerOf } from "./asker.ts";
import type { Context } from "./context.ts";
import { lockOf } from "./lock-colony.ts";
import { noteFetch } from "./note-fetch.ts";
import type { RequestOf } from "./request.ts";
import { run } from "./run/run.ts";
import { settingsOf, unreadableSettingsIn } from "./settings-of.ts";

const DECISIVE: ReadonlySet<SettingName> = new Set([
  "antnode_path",
  "node_software",
  "node_channel",
  "node_version_pin",
  "node_version_hold",
  "node_mirror",
]);

type GetNode = RequestOf<"get_node">;

/** Downloads, verifies and installs the node program; needs no colony. With --enable_upgrade a run follows. */
export async function getNodeProgram(context: Context, request: GetNode): Promise<ExitCode> {
  if (!request.then_run) {
    const config = settings(context, request.dry_run);
    const print = async (): Promise<void> => {
      const order = await orderOf(context, request, config);
      context.world.print(await (request.dry_run ? describeGetNode(order) : getNode(order)));
    };
    await (request.dry_run ? print() : noted(context, request, print));
    return EXIT.done;
  }
  // The run that follows stores the settings of this call.
  const failed = await lookedToday(context, request, settings(context, true));
  const code = await run(context, { kind: "run", dry_run: request.dry_run });
  return failed && code === EXIT.done ? EXIT.actions_failed : code;
}

/** Runs `fetch`. A failed daily check becomes a finding until a later fetch succeeds. Rethrows the error of `fetch`. */
async function noted(context: Context, { version }: GetNode, fetch: () => Promise<void>): Promise<void> {
  try {
    await fetch();
  } catch (error) {
    if (error instanceof WnmError && version === "latest") await noteFetch(context, error);
    throw error;
  }
  await noteFetch(context, undefined);
}

/** The settings of this call; also stores them if there is a colony. */
function settings(context: Context, dry_run: boolean): MachineConfig {
  const { database } = context.options.paths;
  if (!isThere(database)) return settingsOf(context, undefined).config;
  using reading = openStoreToRead(database);
  refuseUnreadable(context, reading);
  const { config, changes } = settingsOf(context, reading);
  if (dry_run || Object.keys(changes).length === 0) return config;
  using _lock = lockOf(context);
  using store = openStore(database);
  const circumstances = { at: context.world.clock.now(), readings: undefined, by: askerOf(context) };
  store.save({ settings: changes, events: eventsOfSettings(store.machine(), changes, circumstances) });
  return config;
}

/** Throws Refused when a setting that restricts what is fetched is unreadable, since its default is less restrictive. */
function refuseUnreadable(context: Context, store: Pick<Store, "unreadableSettings">): void {
  for (const [name, stored] of unreadableSettingsIn(context, store))
    if (DECISIVE.has(name))
      throw new Refused(
        `The stored ${name} cannot be read (${stored}), so no node program is fetched; set it again: wnm --${name} VALUE`,
      );
}

/** Checks for a release, at most once a day. Returns true on failure; the run continues with the installed program. */
async function lookedToday(context: Context, request: GetNode, config: MachineConfig): Promise<boolean> {
  const { world, log } = context;
  const path = expandHome(config.antnode_path, world.home);
  const now = world.clock.now();
  if (!isDue(path, now)) return false;
  const looked = await failureOf(async () => {
    const order = await orderOf(context, request, config);
    if (request.dry_run) return describeGetNode(order);
    rememberAttempt(path, now);
    const result = await getNode(order);
    rememberSuccess(path, now);
    return result;
  });
  if (!request.dry_run) await noteFetch(context, looked instanceof WnmError ? looked : undefined);
  if (looked instanceof WnmError) log.error(`No node program was fetched: ${looked.message}`);
  else for (const line of looked.trim().split("\n")) log.info(line);
  return looked instanceof WnmError;
}

/** What to fetch and where to install it. Throws Refused if that would change the generation of new nodes unasked. */
async function orderOf(
  context: Context,
  { version, archive, confirmed }: GetNode,
  config: MachineConfig,
): Promise<Order> {
  const { world, log } = context;
  const programs = knownPrograms(NOTHING_KNOWN, world.run, world.uid);
  const software = config.node_software === "auto" ? "ant-node" : config.node_software;
  const { path, installed } = await placeOf(config, software, world.home, programs);
  const colony = colonyOf(context);
  return {
    software,
    wanted: {
      version: version === "latest" ? (config.node_version_pin ?? version) : version,
      channel: config.node_channel,
    },
    elsewhere: { mirror: config.node_mirror, archive },
    machine: { platform: world.platform, arch: process.arch },
    path,
    installed,
    hold: config.node_version_hold,
    now: world.clock.now(),
    objection: (found) => {
      const pin = config.node_version_pin;
      if (pin !== undefined && pin !== found) return `node_version_pin is ${pin}`;
      const because = whyNotForNodes(colony, software, found);
      if (because === undefined || confirmed) return because === undefined ? undefined : warned(log, because);
      return `${because}. Give --confirm to take it for new nodes all the same`;
    },
    programs,
    lock: () => lockOf(context),
    progress: progressLine(software, world.complain),
  };
}

function warned(log: Context["log"], because: string): undefined {
  log.warn(because);
  return undefined;
}

/** The path to install to: antnode_path, or next to it if that holds the other generation than the one requested. */
async function placeOf(
  { antnode_path, node_software }: MachineConfig,
  software: SoftwareKind,
  home: string,
  programs: Programs,
): Promise<{ readonly path: string; readonly installed: NodeBinary }> {
  const path = expandHome(antnode_path, home);
  const installed = await programs.ofOperator(path);
  if (installed.version === undefined) {
    if (installed.untrusted === true) throw new Refused(`${installed.problem}; nothing was changed`);
    return { path, installed };
  }
  if (installed.software === software) return { path, installed };
  if (node_software === "auto")
    throw new Refused(
      `${path} is ${installed.software} ${installed.version}, and ${software} would make new nodes of the other generation. To get ${software} beside it, for new nodes: wnm --get_node --node_software ${software}. To get ${installed.software}: wnm --get_node --node_software ${installed.software}`,
    );
  const beside = `${dirname(path)}/${SOFTWARE[software].program}`;
  return { path: beside, installed: await programs.ofOperator(beside) };
}

/** The part of the store that knows which versions failed. */
type Colony = Pick<ReturnType<typeof openStoreToRead>, "nodes" | "badVersions">;

const NO_COLONY: Colony = { nodes: () => [], badVersions: () => new Map() };

function colonyOf({ options }: Context): Colony {
  const { database } = options.paths;
  if (!isThere(database)) return NO_COLONY;
  using store = openStoreToRead(database);
  const [nodes, bad] = [store.nodes(), store.badVersions()];
  return { nodes: () => nodes, badVersions: () => bad };
}

/** Why the colony should not use a version: it failed on a node, or could not read the data that nodes hold. */
function whyNotForNodes(colony: Colony, software: SoftwareKind, version: string): string | undefined {
  const bad = colony.badVersions().get(version);
  if (bad !== undefined) return `it failed on a node: ${bad}`;
  const held = colony.nodes().flatMap((node) => {
    const because = isOutdated(node, { software, version })
      ? SOFTWARE[software].whyNotBecome(node, version)
      : undefined;
    return because === undefined ? [] : [{ node, because }];
  });
  const [first] = held;
  if (first === undefined) return undefined;
  const others =
    held.length === 1 ? "" : `, and ${counted(held.length - 1, "more node")} like ${nodeLabel(first.node)}`;
  return `${first.because}${others}`;
}
