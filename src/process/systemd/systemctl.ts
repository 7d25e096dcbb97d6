import { CommandFailed, failureOf, WnmError } from "../../base/errors.ts";
import type { CommandOptions, Run } from "../../os/command.ts";
import { runAs } from "../../os/elevation.ts";

/** Properties of a unit as systemd prints them; "" when unset. See systemctl(1), org.freedesktop.systemd1(5). */
export type UnitState = { readonly [K in (typeof PROPERTIES)[number]]: string };

const PROPERTIES = [
  "LoadState",
  "ActiveState",
  "SubState",
  "MainPID",
  "ExecMainStartTimestampMonotonic",
  "Result",
  "ExecMainCode",
  "ExecMainStatus",
  "NeedDaemonReload",
  "NRestarts",
] as const;

/** Access to one systemd, the system's or a user's. Every call has a timeout. */
export type Systemctl = {
  /** The states of the units, in the order given, queried in one call. */
  readonly show: (units: readonly string[]) => Promise<readonly UnitState[]>;
  /** Acts on all the units in one call, if there are any. Throws when systemd reports a failure for one. */
  readonly act: (verb: Verb, units: readonly string[]) => Promise<void>;
  /** Stops a unit and waits at most this long; systemd continues after that. Throws when systemd refuses. */
  readonly stop: (unit: string, wait_ms: number) => Promise<void>;
  /** True when this systemd can run a program with these directives; an old or restricted one cannot. */
  readonly allows: (directives: readonly string[]) => Promise<boolean>;
  /** Makes systemd read the units again. */
  readonly reload: () => Promise<void>;
};

/** Actions on units, as systemctl arguments. None reloads implicitly, because wnm reloads once, explicitly. */
export const VERBS = {
  start: ["start"],
  stop: ["stop"],
  resetFailed: ["reset-failed"],
  enable: ["enable", "--no-reload"],
  disable: ["disable", "--no-reload"],
} as const;
type Verb = keyof typeof VERBS;

/** Exit code of reset-failed for a unit that is not loaded, which has nothing to reset. */
const NOT_LOADED = 1;

const ASK_MS = 20_000;
const RELOAD_MS = 60_000;
const ACT_MS = 120_000;
const LATE_MS = 500;

/**
 * `scope`: --user or nothing. `asRoot`: prefix of commands that change something. `reach`: returns the environment in
 * which systemctl finds its systemd; throws WnmError when that does not run.
 */
export function systemctl(
  run: Run,
  scope: readonly string[],
  asRoot: readonly string[],
  reach: () => Readonly<Record<string, string>>,
): Systemctl {
  const call = async (
    prefix: readonly string[],
    words: readonly string[],
    options: Pick<CommandOptions, "deadline_ms" | "accept">,
  ) => {
    const argv = ["systemctl", ...scope, ...words] as const;
    return (await runAs(run, prefix, argv, { ...options, env: reach() })).stdout;
  };
  return {
    async show(units) {
      if (units.length === 0) return [];
      const asked = ["show", `--property=${PROPERTIES.join(",")}`, "--", ...units];
      const blocks = (await call([], asked, { deadline_ms: ASK_MS })).trim().split(/\n\n+/);
      if (blocks.length !== units.length)
        throw new WnmError(`systemctl show described ${blocks.length} units instead of ${units.length}`);
      return blocks.map(readState);
    },
    async act(verb, units) {
      if (units.length === 0) return;
      const accept = verb === "resetFailed" ? [NOT_LOADED] : [];
      await call(asRoot, [...VERBS[verb], "--", ...units], { deadline_ms: ACT_MS, accept });
    },
    async stop(unit, wait_ms) {
      const ended = failureOf(() => call(asRoot, [...VERBS.stop, "--", unit], { deadline_ms: wait_ms }));
      // A systemctl run through sudo cannot be killed by this account; it ends when the stop does.
      const failure = await Promise.race([ended, Bun.sleep(wait_ms + LATE_MS)]);
      // If somebody else killed systemctl, systemd may not have received the request.
      const is_late = failure instanceof CommandFailed && failure.is_late;
      if (failure instanceof WnmError && !is_late) throw failure;
    },
    async allows(directives) {
      const properties = directives.map((directive) => `--property=${directive}`);
      const flags = ["--wait", "--collect", "--quiet", "--description=wnm tests how nodes can be confined"];
      const argv = ["systemd-run", ...scope, ...flags, ...properties, "/bin/true"] as const;
      try {
        await runAs(run, asRoot, argv, { deadline_ms: ASK_MS, env: reach() });
        return true;
      } catch (error) {
        if (error instanceof CommandFailed) return false;
        throw error;
      }
    },
    async reload() {
      await call(asRoot, ["daemon-reload"], { deadline_ms: RELOAD_MS });
    },
  };
}

function readState(block: string): UnitState {
  const properties = new Map(
    block.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  return Object.fromEntries(PROPERTIES.map((name) => [name, properties.get(name) ?? ""])) as UnitState;
}
