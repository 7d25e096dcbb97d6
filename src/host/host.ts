import type { Counters } from "../model/host.ts";
import type { Platform } from "../os/paths.ts";
import * as linux from "./linux.ts";
import type { MemoryUse } from "./memory.ts";
import type { Processors } from "./processor.ts";

type Soon<T> = T | Promise<T>;

/** The readings of one kind of system; undefined for one that it does not offer. */
export interface Host {
  /** `inherited` as for `memory`. */
  readCounters(inherited: boolean): Soon<Counters>;
  /** Processors that nodes may use: those of the machine, or what a control group leaves of them. */
  processors(inherited: boolean): Soon<Processors>;
  /** Memory in use. `inherited`: nodes start in wnm's own control group, so its limits hold for them. */
  memory(inherited: boolean): Soon<MemoryUse | undefined>;
  loadAverages(): readonly (number | undefined)[];
  /** Ports that some socket has bound. */
  boundPorts(): Soon<ReadonlySet<number>>;
}

const HOSTS: Readonly<Record<Platform, () => Soon<Host>>> = {
  linux: () => linux,
  darwin: () => import("./macos.ts"),
};

/** The readings of this platform; the code for macOS is loaded only there. */
export const hostOf = async (platform: Platform): Promise<Host> => HOSTS[platform]();
