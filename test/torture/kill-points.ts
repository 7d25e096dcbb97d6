/** Steps through the calls of wnm that change something outside, kills it at each, and compares the results. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { groupSight } from "../../src/os/processes/identity.ts";
import { until } from "../support/until.ts";
import type { Ended } from "../support/wnm.ts";
import { AGE_SAMPLE, differences, keyIn, type Outside, type Row } from "./agreement.ts";

/** A colony under torture, with any process manager. */
export type Colony = {
  /** The call of wnm without its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A folder for traces. */
  readonly scratch: string;
  readonly rows: () => readonly Row[];
  readonly sql: (statement: string) => void;
  readonly outside: () => Promise<Outside>;
  /** Its two storages, which `outside` inspects; undefined if its nodes stay where they were created. */
  readonly storages?: readonly [string, string];
  /** Programs of later versions that no node has had yet; the colony's own is `program`. */
  readonly newer: string;
  readonly broken: string;
  readonly program: string;
  /** Calls of wnm's children, if they can be counted and killed too. */
  readonly children?: Children;
};

/** Something that wnm does to a colony of two running nodes. */
export type Scene = {
  readonly name: string;
  /** The call; `first` and `last` are the older and the younger node. */
  readonly args: (colony: Colony, first: Row, last: Row) => readonly string[];
  /** Prepares two running nodes for the scene. */
  readonly prepare?: (colony: Colony, first: Row, last: Row) => Promise<void>;
  /** Other exit codes than 0 that the next run may have: it may find out that the new program does not work. */
  readonly codes?: readonly number[];
  /** Its new program ends on its own, possibly only after a run has looked at it; then the next run sees it. */
  readonly ends_by_itself?: true;
  /** It is complete only once a run has seen its nodes run again. */
  readonly ends_running?: true;
  /** Nodes that must outlive it with their identity. */
  readonly keeps: "first" | "both" | "none";
};

const force = (action: string, row?: Row): readonly string[] => [
  `--force_action=${action}`,
  ...(row === undefined ? [] : [`--service_name=${row.id}`]),
];

const stopped: Scene["prepare"] = async (colony, first) => void (await ok(colony, force("stop", first)));

/** The colony's second storage, which the next run marks. */
const twoStorages: Scene["prepare"] = async (colony) => {
  const [first, second] = colony.storages ?? [];
  if (first === undefined || second === undefined || existsSync(second)) return;
  mkdirSync(second);
  await ok(colony, [`--node_storage=${first},${second}`]);
};

/** The storage in which the node is not. */
const otherStorage = ({ storages = ["", ""] }: Colony, { root_dir }: Row): string =>
  dirname(root_dir) === storages[0] ? storages[1] : storages[0];

const disabled: Scene["prepare"] = async (colony, first) => void (await ok(colony, force("disable", first)));

/** Every kind of action. */
export const SCENES: readonly Scene[] = [
  {
    name: "add",
    args: () => force("add"),
    prepare: async ({ sql }) => sql("UPDATE machine SET node_cap = 3"),
    keeps: "both",
  },
  { name: "stop", args: (_, first) => force("stop", first), keeps: "both" },
  { name: "start", args: (_, first) => force("start", first), prepare: stopped, keeps: "both" },
  { name: "restart", args: (_, first) => force("restart", first), keeps: "both" },
  { name: "disable", args: (_, first) => force("disable", first), keeps: "both" },
  { name: "enable", args: (_, first) => force("enable", first), prepare: disabled, keeps: "both" },
  {
    name: "move",
    args: (colony, first) => [...force("move", first), `--to=${otherStorage(colony, first)}`],
    prepare: twoStorages,
    keeps: "both",
    ends_running: true,
  },
  { name: "remove", args: (_, _first, last) => force("remove", last), keeps: "first" },
  {
    name: "upgrade",
    args: ({ newer }, first) => [...force("upgrade", first), `--antnode_path=${newer}`],
    keeps: "both",
  },
  {
    name: "bad upgrade",
    args: ({ broken }, first) => [...force("upgrade", first), `--antnode_path=${broken}`],
    codes: [0, 3],
    keeps: "both",
    ends_by_itself: true,
  },
  { name: "teardown", args: () => [...force("teardown"), "--confirm"], keeps: "none" },
  { name: "shed by removing", args: () => ["--node_cap=1"], keeps: "first" },
  { name: "stop for lack of memory", args: () => ["--mem_less_than=1", "--mem_remove=2"], keeps: "both" },
];

/** The actions that the colony supports. */
export const scenesFor = ({ storages }: Pick<Colony, "storages">): readonly Scene[] =>
  SCENES.filter(({ name }) => name !== "move" || storages !== undefined);

/** A kill: at the n-th call of this name by wnm, or by wnm's own child. */
export type Point = { readonly call: string; readonly nth: number };

const CHANGING = [
  ...["write", "writev", "pwrite64", "pwritev", "ftruncate", "sendto", "sendmsg", "sendfile"],
  ...["copy_file_range", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir"],
  ...["mkdirat", "link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "chown"],
  ...["fchown", "lchown", "fchownat", "openat", "ioctl", "clone", "clone3", "vfork", "fork", "kill"],
  "tgkill",
];

/**
 * Pattern of a call that changes something that outlives wnm: a write to a file or to the input of a child, a new
 * file, or a new process. Other calls (its own threads, its log, its questions to nodes over TCP) leave the same state
 * as the next call finds.
 */
const OUTWARD: readonly RegExp[] = [
  /^(?:write|writev|pwrite64|pwritev|ftruncate|sendto|sendmsg)\([3-9]\d*<(?:\/(?!dev\/)|pipe:|UNIX)/,
  /^(?:sendfile|copy_file_range|rename|unlink|rmdir|mkdir|link|symlink|chmod|fchmod|chown|fchown|lchown)/,
  /^openat\(.*\bO_(?:CREAT|TRUNC)\b/,
  /^ioctl\(.*FICLONE/,
  /^(?:clone3?|vfork|fork)\((?!.*CLONE_THREAD)/,
  /^(?:kill|tgkill)\(/,
];

/** The points in a trace of strace -yy. */
export function pointsIn(trace: string): readonly Point[] {
  const counts = new Map<string, number>();
  return trace.split("\n").flatMap((line) => {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined) return [];
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    return OUTWARD.some((pattern) => pattern.test(line)) ? [{ call, nth }] : [];
  });
}

/** Processes that killed runs of wnm may have left running, such as a systemctl: each run leads its own group. */
const killed = new Set<number>();

/** Nodes lead their own groups, so the processes of a killed run come to an end. */
function atWork(): readonly number[] {
  for (const group of killed) if (groupSight(group) !== "living") killed.delete(group);
  return [...killed];
}

/** Runs wnm under strace, which does not follow children, and kills it at the point. Returns the possible points. */
export async function traced(
  colony: Pick<Colony, "command" | "env" | "scratch">,
  args: readonly string[],
  at?: Point,
): Promise<readonly Point[]> {
  const log = join(colony.scratch, "trace");
  rmSync(log, { force: true });
  const inject = at === undefined ? [] : ["-e", `inject=${at.call}:signal=SIGKILL:when=${at.nth}`];
  const strace = ["strace", "-qq", "-yy", "-o", log, "-e", `trace=${CHANGING.join()}`, ...inject];
  const child = Bun.spawn([...strace, ...colony.command, ...args], {
    detached: true,
    env: { ...colony.env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  await child.exited;
  killed.add(child.pid);
  return pointsIn(readFileSync(log, "utf8"));
}

/** Runs wnm to its end (unless what it calls kills it), without its second of measuring. */
export async function quick(colony: Colony, args: readonly string[]): Promise<Ended> {
  colony.sql(AGE_SAMPLE);
  const child = Bun.spawn([...colony.command, ...args], {
    detached: true,
    env: { ...colony.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  killed.add(child.pid);
  return { code, stdout, stderr };
}

async function ok(colony: Colony, args: readonly string[]): Promise<void> {
  const { code, stderr } = await quick(colony, args);
  if (code !== 0) throw new Error(`wnm ${args.join(" ")}: ${code}: ${stderr}`);
}

/** Returns the colony to two running nodes of its own program, with no memory of failures. */
export async function reset(colony: Colony): Promise<readonly [Row, Row]> {
  colony.sql(
    `UPDATE machine SET node_cap = 9, mem_less_than = 99, mem_remove = 100, antnode_path = '${colony.program}'`,
  );
  colony.sql("DELETE FROM bad_version");
  const before = colony.rows();
  const odd = before.filter(
    (row, i) =>
      i > 1 ||
      row.version !== VERSION ||
      row.status === "REMOVING" ||
      // Its stop was interrupted: leftovers, such as a job that is not loaded at login, must not remain.
      (row.status === "RUNNING" && !row.wanted) ||
      // It waits for its next try, with whatever program the scene has left it.
      (row.status === "STOPPED" && row.wanted),
  );
  if (odd.length > 0)
    await ok(colony, [`--force_action=remove`, `--service_name=${odd.map(({ id }) => id).join()}`]);
  const disabled = colony.rows().filter(({ status }) => status === "DISABLED");
  for (const row of disabled) await ok(colony, force("enable", row));
  colony.sql(
    "UPDATE node SET crashes = 0, previous_version = NULL, failures = 0, failed_action = NULL, failed_at = NULL",
  );
  const missing = 2 - colony.rows().length;
  if (missing > 0) await ok(colony, [...force("add"), `--count=${missing}`]);
  const down = colony.rows().some(({ status }) => status === "STOPPED");
  if (down) await started(colony);
  colony.sql("UPDATE node SET status = 'RUNNING' WHERE status IN ('RESTARTING', 'UPGRADING')");
  colony.sql("UPDATE machine SET node_cap = 2");
  colony.sql(AGE_SAMPLE);
  const [first, last] = colony.rows().toSorted((a, b) => a.born_at - b.born_at || a.id - b.id);
  if (first === undefined || last === undefined) throw new Error("the colony cannot be made whole");
  await keysOf([first, last]);
  return [first, last];
}

/** Longer than systemd's start limit holds back a unit that ended again and again, as with a bad program. */
const LIMIT_MS = 30_000;

async function started(colony: Colony): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const { code, stderr } = await quick(colony, [...force("start"), "--count=9"]);
    if (code === 0) return;
    if (performance.now() > end) throw new Error(`the nodes do not start: ${stderr}`);
    await Bun.sleep(POLL_MS);
  }
}

const VERSION = "0.4.17";
/** How long the children of a dead wnm may continue on a busy machine. */
const SETTLE_MS = 60_000;
const FIRST_LOOK_MS = 4_000;
const POLL_MS = 50;

/** The nodes' identities by label; a node creates its identity a moment after its start. */
async function keysOf(rows: readonly Row[]): Promise<ReadonlyMap<string, string>> {
  const end = performance.now() + SETTLE_MS;
  for (;;) {
    const keys = rows.map(({ label, root_dir }) => [label, keyIn(root_dir) ?? ""] as const);
    if (keys.every(([, key]) => key !== "")) return new Map(keys);
    if (performance.now() > end) throw new Error(`no key of ${keys.map(([label]) => label).join()}`);
    await Bun.sleep(POLL_MS);
  }
}

/** What is wrong with the colony once the children of a dead wnm have finished. */
async function damageOf(
  colony: Colony,
  keys: ReadonlyMap<string, string>,
  settle_ms = SETTLE_MS,
): Promise<readonly string[]> {
  const end = performance.now() + settle_ms;
  for (;;) {
    const rows = colony.rows();
    const lost = [...keys].flatMap(([label, key]) => {
      const row = rows.find((one) => one.label === label);
      if (row === undefined) return `${label} is lost`;
      return keyIn(row.root_dir) === key ? [] : `${label} has lost its identity`;
    });
    const dead = rows.flatMap(({ label, status }) => (status === "DEAD" ? `${label} is DEAD` : []));
    const wrong = [...lost, ...dead, ...differences(rows, await colony.outside())];
    if (wrong.length === 0 || performance.now() > end) return wrong;
    await Bun.sleep(POLL_MS);
  }
}

/** Kills of wnm's children, carried out by a wrapper in front of the real programs in the search path. */
export type Children = {
  /** Kinds of kills that the children themselves survive: some write their files in place and would damage them. */
  readonly ways: readonly ChildKill["how"][];
  /** Tells the wrapper what to do from now on and at which call; undefined: nothing. */
  readonly kill: (how: ChildKill | undefined) => void;
  /** The number of calls since then, and whether the last kill has happened. */
  readonly told: () => { readonly calls: number; readonly done: boolean };
};

/**
 * What happens at the n-th child: wnm dies before it begins; wnm dies and the child continues alone; both die at the
 * child's own m-th changing call; or only the child dies there.
 */
export type ChildKill = {
  readonly nth: number;
  readonly how: "before" | "alone" | "together" | "child";
  readonly at: number;
};

/** Random scenes, for a short form that tries different ones each time. */
export const someScenes = (wanted: number, random: () => number): readonly string[] =>
  SCENES.map(({ name }) => ({ name, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, wanted)
    .map(({ name }) => name);

/** How much of everything is tried, and with which seed. */
export type Effort = {
  /** The number of points of a scene to try; undefined: all. */
  readonly points: number | undefined;
  /** The number of kills of children. */
  readonly children: number | undefined;
  /** A number in [0, 1), from the seed. */
  readonly random: () => number;
};

/** What was tried of a scene. */
export type Figures = {
  readonly scene: string;
  /** The points of the scene, those killed at, the recoveries that were killed too, and the killed children. */
  readonly points: number;
  readonly killed: number;
  readonly twice: number;
  readonly children: number;
  readonly damage: readonly string[];
};

/** A recovery has about this many points; a later point is a recovery that runs to its end. */
const RECOVERY_POINTS = 40;

/** Kills the scene at its points, then runs wnm once more, or twice more if that run was killed too. */
export async function torment(colony: Colony, scene: Scene, effort: Effort): Promise<Figures> {
  const damage: string[] = [];
  const begin = async () => {
    const [first, last] = await reset(colony);
    await scene.prepare?.(colony, first, last);
    const keep = { first: [first], both: [first, last], none: [] }[scene.keeps];
    const keys = await keysOf(keep);
    colony.sql(AGE_SAMPLE);
    return { args: scene.args(colony, first, last), keys };
  };
  const end = async (keys: ReadonlyMap<string, string>, what: string) => {
    // An action that failed because its child was killed would otherwise be retried only after a wait.
    colony.sql("UPDATE node SET failed_at = failed_at - 3600");
    const meanwhile = atWork();
    let after = await quick(colony, []);
    const again = scene.ends_by_itself === true || scene.ends_running === true || meanwhile.length > 0;
    let left = await damageOf(colony, keys, again ? FIRST_LOOK_MS : SETTLE_MS);
    // What the systemctl of a killed run did after that run had looked is seen by the next one.
    if (meanwhile.length > 0) await until(() => atWork().length === 0, `the groups ${meanwhile} to end`);
    if (left.length > 0 && again) {
      if (scene.ends_running === true)
        colony.sql("UPDATE node SET status = 'RUNNING' WHERE status = 'RESTARTING'");
      after = await quick(colony, []);
      left = await damageOf(colony, keys);
    }
    if (left.length > 0 || !(scene.codes ?? [0]).includes(after.code))
      damage.push(`${scene.name}: ${what}: exit ${after.code}: ${left.join("; ")} ${after.stderr}`);
  };
  const whole = await begin();
  colony.children?.kill(undefined);
  const points = await traced(colony, whole.args);
  const calls = colony.children?.told().calls ?? 0;
  await end(whole.keys, "not killed");
  let [twice, children] = [0, 0];
  const chosen = spread(points, effort.points, effort.random);
  for (const [i, point] of chosen.entries()) {
    const { args, keys } = await begin();
    await traced(colony, args, point);
    const told = `killed at ${point.call} ${point.nth}`;
    if (i % 4 !== 3) {
      await end(keys, told);
      continue;
    }
    twice++;
    colony.sql(AGE_SAMPLE);
    const again = { ...pick(points, effort.random), nth: 1 + Math.floor(effort.random() * RECOVERY_POINTS) };
    await traced(colony, [], again);
    await end(keys, `${told}, and its recovery at ${again.call} ${again.nth}`);
  }
  if (colony.children !== undefined)
    children = await killChildren({ colony, children: colony.children, calls, begin, end }, effort);
  return { scene: scene.name, points: points.length, killed: chosen.length, twice, children, damage };
}

type Frame = {
  readonly colony: Colony;
  readonly children: Children;
  /** The number of children in the scene. */
  readonly calls: number;
  readonly begin: () => Promise<{ args: readonly string[]; keys: ReadonlyMap<string, string> }>;
  readonly end: (keys: ReadonlyMap<string, string>, what: string) => Promise<void>;
};

/** The calls of a child after this one are not stepped through. */
const MOST_STEPS = 60;

async function killChildren({ colony, children, calls, begin, end }: Frame, effort: Effort): Promise<number> {
  let tried = 0;
  const attempt = async (kill: ChildKill): Promise<boolean> => {
    const { args, keys } = await begin();
    children.kill(kill);
    await quick(colony, args);
    const { done } = children.told();
    children.kill(undefined);
    tried++;
    // A child that continues alone may end after the next run's look: that run must do no harm, the next one repairs.
    if (kill.how === "alone") await quick(colony, []);
    await end(keys, `child ${kill.nth} ${kill.how} ${kill.at}`);
    return done;
  };
  if (effort.children !== undefined) {
    for (let i = 0; i < effort.children && calls > 0; i++) {
      const at = 1 + Math.floor(effort.random() ** 2 * MOST_STEPS);
      await attempt({
        nth: 1 + Math.floor(effort.random() * calls),
        how: pick(children.ways, effort.random),
        at,
      });
    }
    return tried;
  }
  for (let nth = 1; nth <= calls; nth++) {
    for (const how of ["before", "alone"] as const) await attempt({ nth, how, at: 0 });
    if (!children.ways.includes("child")) continue;
    // The later in the child, the wider the steps.
    for (let at = 1; at <= MOST_STEPS; at += Math.ceil(at / 4)) {
      if (!(await attempt({ nth, how: "together", at }))) break;
      await attempt({ nth, how: "child", at });
    }
  }
  return tried;
}

const pick = <T>(all: readonly T[], random: () => number): T => {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error("there is nothing to choose from");
  return one;
};

/** This many of all, evenly spread from a random start. */
export function spread<T>(all: readonly T[], wanted: number | undefined, random: () => number): readonly T[] {
  if (wanted === undefined || wanted >= all.length) return all;
  const step = all.length / wanted;
  const begin = random() * step;
  return Array.from({ length: wanted }, (_, i) => all[Math.floor(begin + i * step)]).filter(
    (one): one is T => one !== undefined,
  );
}
