import type { Counters } from "../model/host.ts";
import type { Platform } from "../os/paths.ts";
import * as linux from "./linux.ts";

type Soon<T> = T | Promise<T>;

/** What one kind of system tells of itself. undefined: it does not tell. */
export interface Host {
  readCounters(): Soon<Counters>;
  usedMemPercent(): Soon<number | undefined>;
  loadAverages(): readonly (number | undefined)[];
  /** Ports that some socket has bound. */
  boundPorts(): Soon<ReadonlySet<number>>;
}

const HOSTS: Readonly<Record<Platform, () => Soon<Host>>> = {
  linux: () => linux,
  darwin: () => import("./macos.ts"),
};

/** The readings of this platform; those of macOS are loaded only there. */
export const hostOf = async (platform: Platform): Promise<Host> => HOSTS[platform]();
