import { CommandFailed, WnmError } from "../errors.ts";
import type { CommandOptions, Run } from "../os/command.ts";

/** What systemd says of a unit, in its own words; "" where it says nothing. systemctl(1), org.freedesktop.systemd1(5). */
export type UnitState = { readonly [K in (typeof PROPERTIES)[number]]: string };

const PROPERTIES = [
  "LoadState",
  "ActiveState",
  "SubState",
  "MainPID",
  "Result",
  "ExecMainCode",
  "ExecMainStatus",
  "NRestarts",
  "NeedDaemonReload",
] as const;

/** Talks to one systemd: the machine's, or a user's. Every call ends within its deadline. */
export type Systemctl = {
  /** The states of the units, all asked in one call; order as asked. */
  readonly show: (units: readonly string[]) => Promise<readonly UnitState[]>;
  /** One call for all the units; nothing is called for none. Throws when systemd reports a failure for any of them. */
  readonly act: (verb: Verb, units: readonly string[]) => Promise<void>;
  /** True when systemd runs a program under these directives: it may know or be allowed less than others of its kind. */
  readonly allows: (directives: readonly string[]) => Promise<boolean>;
  /** Makes systemd read the units anew. */
  readonly reload: () => Promise<void>;
};

/** What is done to units, and the words for it. Nothing reloads by the way: that is done once, and knowingly. */
export const VERBS = {
  start: ["start"],
  stop: ["stop"],
  resetFailed: ["reset-failed"],
  enable: ["enable", "--no-reload"],
  disable: ["disable", "--no-reload"],
} as const;
type Verb = keyof typeof VERBS;

/** How reset-failed ends for a unit that systemd has forgotten, which therefore has nothing to reset. */
const NOT_LOADED = 1;

const ASK_MS = 20_000;
const RELOAD_MS = 60_000;
/** Longer than the units' own TimeoutStopSec, after which systemd kills. */
const ACT_MS = 120_000;

/**
 * `scope`: --user or nothing. `asRoot`: put before what changes something. `reach`: the environment in which systemd
 * is found; it throws WnmError when there is none to be found.
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
    const [program = "", ...args] = [...prefix, "systemctl", ...scope, ...words];
    return (await run([program, ...args], { ...options, env: reach() })).stdout;
  };
  return {
    async show(units) {
      if (units.length === 0) return [];
      const asked = ["show", `--property=${PROPERTIES.join(",")}`, "--", ...units];
      const blocks = (await call([], asked, { deadline_ms: ASK_MS })).trim().split(/\n\n+/);
      if (blocks.length !== units.length)
        throw new WnmError(`systemctl show told of ${blocks.length} units instead of ${units.length}`);
      return blocks.map(readState);
    },
    async act(verb, units) {
      if (units.length === 0) return;
      const accept = verb === "resetFailed" ? [NOT_LOADED] : [];
      await call(asRoot, [...VERBS[verb], "--", ...units], { deadline_ms: ACT_MS, accept });
    },
    async allows(directives) {
      const properties = directives.map((directive) => `--property=${directive}`);
      const words = [
        "--wait",
        "--collect",
        "--quiet",
        "--description=wnm asks what nodes may be confined by",
      ];
      const [program = "", ...args] = [
        ...asRoot,
        "systemd-run",
        ...scope,
        ...words,
        ...properties,
        "/bin/true",
      ];
      try {
        await run([program, ...args], { deadline_ms: ASK_MS, env: reach() });
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
  const told = new Map(
    block.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  return Object.fromEntries(PROPERTIES.map((name) => [name, told.get(name) ?? ""])) as UnitState;
}
