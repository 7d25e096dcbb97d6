import { groupPath, levels, type Read } from "./control-group.ts";

/** Processors' worth of time that a control group may use, and what it has used, in microseconds. */
export type CpuLimit = { readonly processors: number; readonly used: number | undefined };

type Files = {
  readonly quota: (folder: string, read: Read) => readonly [quota: string, period: string];
  readonly used: (level: string, read: Read) => number;
  readonly mount: string;
};

/** Linux, Documentation/scheduler/sched-bwc.rst and admin-guide/cgroup-v1/cpuacct.rst: nanoseconds. */
const VERSION_1: Files = {
  mount: "/sys/fs/cgroup/cpu",
  quota: (folder, read) => [
    read(`${folder}/cpu.cfs_quota_us`) ?? "",
    read(`${folder}/cpu.cfs_period_us`) ?? "",
  ],
  used: (level, read) => number(read(`/sys/fs/cgroup/cpuacct${level}/cpuacct.usage`)) / 1000,
};

/** Linux, Documentation/admin-guide/cgroup-v2.rst: "max 100000", or "50000 100000" for half a processor. */
const VERSION_2: Files = {
  mount: "/sys/fs/cgroup",
  quota(folder, read) {
    const [quota = "", period = ""] = (read(`${folder}/cpu.max`) ?? "").trim().split(" ");
    return [quota, period];
  },
  used: (level, read) =>
    number(/^usage_usec (\d+)$/m.exec(read(`/sys/fs/cgroup${level}/cpu.stat`) ?? "")?.[1]),
};

/** The tightest processor quota of the nodes' control groups; undefined without one. `nodes_group` as for `groupMemory`. */
export function groupCpu(read: Read, nodes_group: string | undefined): CpuLimit | undefined {
  const group = groupPath(read, "cpu");
  if (group === undefined) return undefined;
  const files = group.version === 1 ? VERSION_1 : VERSION_2;
  let tightest: CpuLimit | undefined;
  for (const level of levels(nodes_group ?? group.path)) {
    const [quota, period] = files.quota(`${files.mount}${level}`, read).map(number);
    const processors = (quota ?? Number.NaN) / (period ?? Number.NaN);
    if (!(processors > 0 && processors < (tightest?.processors ?? Number.POSITIVE_INFINITY))) continue;
    const used = files.used(level, read);
    tightest = { processors, used: used >= 0 ? Math.round(used) : undefined };
  }
  return tightest;
}

/** NaN for anything that is not a number, such as "max" and the -1 of version 1. */
const number = (text: string | undefined): number =>
  text !== undefined && /^\d{1,18}\n?$/.test(text) ? Number(text) : Number.NaN;

/** The numbers in a list such as "0-3,8" of Cpus_allowed_list, proc_pid_status(5). Pure. */
export function processorsIn(status: string): ReadonlySet<number> {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status)?.[1] ?? "";
  return new Set(
    list.split(",").flatMap((range) => {
      const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
      const [from, to] = [Number(first), Number(last)];
      return from <= to ? Array.from({ length: to - from + 1 }, (_, i) => from + i) : [];
    }),
  );
}
