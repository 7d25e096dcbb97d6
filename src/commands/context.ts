import { processors } from "../host/linux.ts";
import type { HostFacts } from "../model/host.ts";
import type { Log } from "../os/log.ts";
import { isBootedBySystemd } from "../os/systemd-booted.ts";
import type { World } from "../os/world.ts";
import type { Given, Issue } from "../settings/layers.ts";
import type { RunOptions } from "../settings/run-options.ts";
import { locate, type Options } from "./options.ts";
import type { ReadSource } from "./settings-files.ts";

/** One call of wnm: its options, and access to the machine. */
export type Context = {
  readonly sources: ReadSource;
  readonly options: Options;
  readonly once: RunOptions;
  readonly log: Log;
  readonly world: World;
  readonly host: HostFacts;
  readonly issues: readonly Issue[];
  /** Marks the end of a stage for --timings. */
  readonly lap: (stage: string) => void;
};

/** The context plus settings read from another manager's nodes, as the weakest source. They may locate the colony. */
export function withLearned(context: Context, learned: ReadonlyMap<string, string>, from: string): Context {
  const source: Given = new Map(
    [...learned].map(([name, text]) => [name, { text, from, layer: "takeover" as const }]),
  );
  const options = locate(context.sources, context.world, source);
  return { ...context, options, host: hostFacts(options, context.world) };
}

/** The facts that defaults depend on. */
export function hostFacts(options: Options, world: World): HostFacts {
  return {
    // A getter, because a run with all settings stored never needs the default.
    get cpu_count() {
      const { hardwareConcurrency } = navigator;
      return world.platform === "linux" ? wholeProcessors(processors("/").count) : hardwareConcurrency;
    },
    home: world.home,
    paths: options.paths,
    process_manager: `${supervisorOf(world)}+${options.mode}`,
  };
}

/** Rounds the processor count of a container with a fractional CPU limit, to at least 1. */
const wholeProcessors = (count: number): number => Math.max(1, Math.round(count));

/** The best process manager that is available on this machine. */
const supervisorOf = ({ platform }: World) => {
  if (platform === "darwin") return "launchd";
  return isBootedBySystemd() ? "systemd" : "setsid";
};
