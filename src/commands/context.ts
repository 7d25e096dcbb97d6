import { processors } from "../host/linux.ts";
import type { HostFacts } from "../model/host.ts";
import type { Log } from "../os/log.ts";
import { isBootedBySystemd } from "../os/systemd-booted.ts";
import type { World } from "../os/world.ts";
import type { Given, Issue } from "../settings/layers.ts";
import type { RunOptions } from "../settings/run-options.ts";
import { locate, type Options } from "./options.ts";
import type { ReadSource } from "./settings-files.ts";

/** One call of wnm: its options and the world around it. */
export type Context = {
  readonly sources: ReadSource;
  readonly options: Options;
  readonly once: RunOptions;
  readonly log: Log;
  readonly world: World;
  readonly host: HostFacts;
  readonly issues: readonly Issue[];
  /** Ends a stage of --timings. */
  readonly lap: (stage: string) => void;
};

/** The context with settings of another manager's nodes as its weakest source. They may say where the colony lives. */
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
    // Only defaults and reports need it; a run that has all its settings does not ask.
    get cpu_count() {
      const { hardwareConcurrency } = navigator;
      return world.platform === "linux" ? wholeProcessors(processors("/").count) : hardwareConcurrency;
    },
    home: world.home,
    paths: options.paths,
    process_manager: `${supervisorOf(world)}+${options.mode}`,
  };
}

/** A container with half a processor has one, as far as settings count them. */
const wholeProcessors = (count: number): number => Math.max(1, Math.round(count));

/** The best that this machine has to run nodes. */
const supervisorOf = ({ platform }: World) => {
  if (platform === "darwin") return "launchd";
  return isBootedBySystemd() ? "systemd" : "setsid";
};
