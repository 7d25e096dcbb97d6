import type { Counters } from "../model/host.ts";
import type { Platform } from "../os/paths.ts";
import * as linux from "./linux.ts";
import type { MemoryUse } from "./memory.ts";
import type { Processors } from "./processor.ts";

type Soon<T> = T | Promise<T>;

/** The readings of one kind of system; undefined for one that it does not offer. */
export interface Host {
  /** `nodes_group` as for `memory`. */
  readCounters(nodes_group: string | undefined): Soon<Counters>;
  /** Processors that nodes may use: those of the machine, or what a control group leaves of them. */
  processors(nodes_group: string | undefined): Soon<Processors>;
  /** Memory in use. `nodes_group`: the control group that nodes start in; undefined: wnm's own. */
  memory(nodes_group: string | undefined): Soon<MemoryUse | undefined>;
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
