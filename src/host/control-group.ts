/** Reads a file of the kernel; undefined when there is none. */
export type Read = (path: string) => string | undefined;

/** Bytes that a control group may use, and those of its use that cannot be reclaimed. */
export type GroupMemory = { readonly limit: number; readonly used: number };

/** The files of one version of the memory controller. */
type Controller = {
  readonly mount: string;
  /** What it may use; of version 2 also what it is slowed down from, to a standstill. */
  readonly limits: readonly string[];
  readonly usage: string;
  /** What the kernel gives back under pressure, by the names in memory.stat. */
  readonly reclaimable: RegExp;
};

/** Linux, Documentation/admin-guide/cgroup-v1/memory.rst. */
const VERSION_1: Controller = {
  mount: "/sys/fs/cgroup/memory",
  limits: ["memory.limit_in_bytes"],
  usage: "memory.usage_in_bytes",
  reclaimable: /^total_(?:in)?active_file (\d+)$/gm,
};

/** Linux, Documentation/admin-guide/cgroup-v2.rst. */
const VERSION_2: Controller = {
  mount: "/sys/fs/cgroup",
  limits: ["memory.max", "memory.high"],
  usage: "memory.current",
  reclaimable: /^(?:(?:in)?active_file|slab_reclaimable) (\d+)$/gm,
};

/**
 * The memory limits that hold for nodes: those of the control group that they start in and of the groups around it, of
 * which the topmost to be seen is a container's own. `nodes_group`: that group when a service manager chooses it;
 * undefined for the group of this process.
 */
export function groupMemory(read: Read, nodes_group: string | undefined): readonly GroupMemory[] {
  const group = groupPath(read, "memory");
  if (group === undefined) return [];
  const controller = group.version === 1 ? VERSION_1 : VERSION_2;
  return levels(nodes_group ?? group.path).flatMap((level) => {
    const memory = memoryAt(`${controller.mount}${level}`, controller, read);
    return memory === undefined ? [] : [memory];
  });
}

/** Which version of control groups has the controller here, and the path of this process' group; cgroups(7). */
export function groupPath(
  read: Read,
  controller: string,
): { readonly version: 1 | 2; readonly path: string } | undefined {
  const own = read("/proc/self/cgroup") ?? "";
  for (const line of own.split("\n")) {
    const [, names = "", path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path !== undefined && names.split(",").includes(controller)) return { version: 1, path };
  }
  const path = /^0::(.*)$/m.exec(own)?.[1];
  return path === undefined ? undefined : { version: 2, path };
}

/** "/a/b" is in "", "/a" and "/a/b"; a path outside of the container's own tree ("/../x") is only in "". */
export function levels(path: string): readonly string[] {
  const names = path.split("/").filter((name) => name !== "");
  if (names.includes("..")) return [""];
  return ["", ...names.map((_, at) => `/${names.slice(0, at + 1).join("/")}`)];
}

function memoryAt(folder: string, controller: Controller, read: Read): GroupMemory | undefined {
  const limits = controller.limits
    .map((name) => bytes(read(`${folder}/${name}`)) ?? 0)
    // "max", and what version 1 writes instead: the largest number of pages.
    .filter((limit) => limit > 0 && limit < Number.MAX_SAFE_INTEGER);
  if (limits.length === 0) return undefined;
  const usage = bytes(read(`${folder}/${controller.usage}`));
  if (usage === undefined) return undefined;
  const reclaimable = [...(read(`${folder}/memory.stat`) ?? "").matchAll(controller.reclaimable)];
  const spare = reclaimable.reduce((sum, [, digits]) => sum + Number(digits), 0);
  return spare > usage ? undefined : { limit: Math.min(...limits), used: usage - spare };
}

const bytes = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+\n?$/.test(text) ? Number(text) : undefined;
