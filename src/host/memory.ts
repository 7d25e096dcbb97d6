import type { GroupMemory } from "./control-group.ts";

/** `used_percent` of the machine's memory, or of what `share_of` names. */
export type MemoryUse = {
  readonly used_percent: number;
  readonly share_of: string | undefined;
  /** Bytes of the machine or of the control group that has the fewest left, and how many are left there. */
  readonly least: { readonly total: number; readonly free: number };
};

/** Bytes of /proc/meminfo: MemTotal and MemAvailable. */
export type MachineMemory = { readonly total: number; readonly available: number };

const KIB = 1024;
/** wnm alone takes more than the smaller; no machine has the larger. Emulated and half-hidden /proc show such sizes. */
const POSSIBLE = { from: 32 * KIB ** 2, to: KIB ** 5 } as const;

/** The text of /proc/meminfo; undefined for one that contradicts itself. Pure. */
export function machineMemory(text: string): MachineMemory | undefined {
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)(?: kB)?$`, "m").exec(text)?.[1] ?? Number.NaN) * KIB;
  const [total, available] = [field("MemTotal"), field("MemAvailable")];
  return plausibleMemory({ total, available });
}

/** The reading, unless it is impossible: more available than there is, a size that no machine has, no number. Pure. */
export const plausibleMemory = ({ total, available }: MachineMemory): MachineMemory | undefined =>
  total >= POSSIBLE.from && total <= POSSIBLE.to && available >= 0 && available <= total
    ? { total, available }
    : undefined;

/** Memory in use, without swap: the tightest of machine and control groups, since /proc/meminfo may be the host's. Pure. */
export function memoryUse(
  machine: MachineMemory | undefined,
  groups: readonly GroupMemory[],
): MemoryUse | undefined {
  if (machine === undefined) return undefined;
  const percent = 100 * (1 - machine.available / machine.total);
  let least: MemoryUse["least"] = { total: machine.total, free: machine.available };
  let tightest: Omit<MemoryUse, "least"> = { used_percent: percent, share_of: undefined };
  for (const { limit, used } of groups) {
    // A limit above the machine's memory limits nothing; version 1 writes "no limit" so.
    if (limit >= machine.total) continue;
    if (used > machine.total) return undefined;
    if (limit - used < least.free) least = { total: limit, free: Math.max(0, limit - used) };
    const used_percent = Math.min(100, (100 * used) / limit);
    if (used_percent > tightest.used_percent)
      tightest = { used_percent, share_of: `the control group's limit of ${limit} bytes` };
  }
  return { ...tightest, least };
}
