import { groupPath, levels } from "../../host/control-group.ts";
import type { Node } from "../../model/node.ts";
import { accountOf } from "../../os/account.ts";
import { asRoot, asRootScript } from "../../os/advice.ts";
import { programPath } from "../../os/command.ts";
import { kernelText } from "../../os/files/kernel-text.ts";
import { ownerOf, processIds } from "../../os/processes/identity.ts";
import { sharesControlGroup } from "../../process/managers.ts";
import { raisedForAccount } from "./account-limit.ts";
import type { Question } from "./answer.ts";
import { type Limits, type Shared, taskAnswers } from "./task-limits.ts";

/** Compares limits on processes and open files with what the present nodes use and node_cap nodes would use. */
export const askTasks: Question = ({ nodes, config, world }) => {
  if (world.platform !== "linux") return [];
  // A starting node already has its process.
  const running = nodes.filter(
    (node): node is Running =>
      node.pid !== undefined && (node.status === "RUNNING" || node.status === "RESTARTING"),
  );
  const more = Math.max(0, config.node_cap - running.length);
  const own = sharesControlGroup(config.process_manager);
  return taskAnswers(limitsOf(running, own), more, {
    tasks: mean(running.map(({ pid }) => figure(`/proc/${pid}/status`, /^Threads:\s*(\d+)$/m))),
    files: 0,
  });
};

type Running = Node & { readonly pid: number };

function limitsOf(running: readonly Running[], own: boolean): Limits {
  const [first] = running;
  // Nodes started by wnm itself inherit its limits; a service manager sets its own.
  const like = first?.pid ?? (own ? process.pid : undefined);
  // Each account has a limit of its own.
  const others = [...new Map(running.map((node) => [node.user, node])).values()].filter(
    ({ user }) => user !== first?.user,
  );
  const tasks =
    like === undefined
      ? []
      : [
          ...accountLimit(like, first),
          ...others.flatMap((node) => accountLimit(node.pid, node)),
          ...groupLimits(like, first),
        ];
  return { tasks: [...tasks, ...machineTasks()], open: machineFiles() };
}

const mean = (values: readonly (number | undefined)[]): number => {
  const known = values.flatMap((value) => value ?? []);
  return known.length === 0 ? 0 : Math.ceil(known.reduce((sum, value) => sum + value, 0) / known.length);
};

/** A number from a kernel file; undefined for "max" and "unlimited". */
function figure(path: string, pattern = /^(\d+)$/m): number | undefined {
  const digits = pattern.exec(kernelText(path) ?? "")?.[1];
  const value = digits === undefined ? undefined : Number(digits);
  return Number.isSafeInteger(value) ? value : undefined;
}

function softLimit(pid: number, name: string): number | undefined {
  const text = new RegExp(`^${name}\\s+(\\d+|unlimited)`, "m").exec(
    kernelText(`/proc/${pid}/limits`) ?? "",
  )?.[1];
  return text === "unlimited" ? Number.POSITIVE_INFINITY : text === undefined ? undefined : Number(text);
}

/** RLIMIT_NPROC limits all threads of an account together; root is exempt. See getrlimit(2). */
function accountLimit(pid: number, node: Node | undefined): readonly Shared[] {
  const limit = softLimit(pid, "Max processes");
  const uid = ownerOf(pid);
  if (limit === undefined || !Number.isFinite(limit) || uid === undefined || uid === 0) return [];
  let used = 0;
  for (const other of processIds())
    if (ownerOf(other) === uid) used += figure(`/proc/${other}/status`, /^Threads:\s*(\d+)$/m) ?? 0;
  const user = accountOf(uid)?.user ?? String(uid);
  const kept =
    node?.manager_type.startsWith("systemd") === true
      ? (to: number) =>
          asRootScript(
            `mkdir -p /etc/systemd/system.conf.d && printf '[Manager]\\nDefaultLimitNPROC=${to}\\n' >/etc/systemd/system.conf.d/wnm.conf && systemctl daemon-reexec`,
          )
      : (to: number) => raisedForAccount(user, "nproc", String(to), "wnm-processes.conf");
  // A new limit does not apply to running processes, so they need prlimit or a restart.
  const now = (to: number): string =>
    ["pgrep", "prlimit"].every((name) => programPath(name) !== undefined)
      ? ` && ${asRootScript(`for p in $(pgrep -u ${user}); do prlimit --nproc=${to}:${to} --pid $p; done`)}`
      : "; log in again and restart the nodes";
  const raise = (to: number): string => `${kept(to)}${now(to)}`;
  return [{ of: `the account ${user}`, limit, used, raise }];
}

const MOUNTS = { 1: "/sys/fs/cgroup/pids", 2: "/sys/fs/cgroup" } as const;

/** pids.max of the process's cgroup and its ancestors. Linux, Documentation/admin-guide/cgroup-v2.rst. */
function groupLimits(pid: number, node: Node | undefined): readonly Shared[] {
  const read = (path: string): string | undefined => kernelText(path.replace("/self/", `/${pid}/`));
  const group = groupPath(read, "pids");
  if (group === undefined) return [];
  return levels(group.path).flatMap((level) => {
    const folder = `${MOUNTS[group.version]}${level}`;
    const [limit, used] = [figure(`${folder}/pids.max`), figure(`${folder}/pids.current`)];
    if (limit === undefined || used === undefined) return [];
    const of_one = node !== undefined && level.endsWith(`/${node.service}`);
    const of = `the control group ${level === "" ? "/" : level}`;
    return { of, limit, used, of_one, raise: raiserOf(level) };
  });
}

/** How to raise a cgroup's limit: TasksMax of a systemd unit, see systemd.resource-control(5), else a container option. */
function raiserOf(level: string): (to: number) => string {
  const unit = level.split("/").at(-1) ?? "";
  const in_user = /\/user@\d+\.service\//.test(level);
  const systemctl = in_user ? "systemctl --user" : asRoot("systemctl");
  return (to) =>
    /\.(?:service|slice|scope)$/.test(unit)
      ? `${systemctl} set-property ${unit} TasksMax=${to}`
      : `give the container a pids limit of ${to} or more (docker update --pids-limit ${to} CONTAINER)`;
}

/** The machine-wide limits of the kernel. See proc(5), /proc/sys/kernel. */
function machineTasks(): readonly Shared[] {
  const used = figure("/proc/loadavg", /^\S+ \S+ \S+ \d+\/(\d+)/);
  if (used === undefined) return [];
  return ["kernel.threads-max", "kernel.pid_max"].flatMap((name) => {
    const limit = figure(`/proc/sys/${name.replaceAll(".", "/")}`);
    const raise = (to: number): string => asRoot(`sysctl -w ${name}=${to}`);
    return limit === undefined ? [] : { of: `the machine (${name})`, limit, used, raise };
  });
}

function machineFiles(): Shared | undefined {
  const [, used, limit] = /^(\d+)\s+\d+\s+(\d+)/.exec(kernelText("/proc/sys/fs/file-nr") ?? "") ?? [];
  if (used === undefined || limit === undefined) return undefined;
  const raise = (to: number): string => asRoot(`sysctl -w fs.file-max=${to}`);
  return { of: "the machine (fs.file-max)", limit: Number(limit), used: Number(used), raise };
}
