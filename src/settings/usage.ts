import { EXIT } from "../errors.ts";
import type { Setting } from "./kinds.ts";
import { MACHINE } from "./machine.ts";
import { ONCE } from "./once.ts";

const EXIT_TEXT: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.done, "done; also when there was nothing to do"],
  [EXIT.failed, "failed"],
  [EXIT.usage, "wrong option or value; nothing was changed"],
  [EXIT.actions_failed, "some actions failed"],
  [EXIT.not_initialised, "there is no colony yet"],
  [EXIT.refused, "refused, because nodes could lose their data"],
  [EXIT.locked, "another wnm is at work"],
];

/** The text of --help. */
export function helpText(): string {
  const rows = { ...ONCE, ...MACHINE } as Record<string, Setting<unknown>>;
  const lines = Object.entries(rows)
    .filter(([, row]) => row.stored_only !== true)
    .map(([name, row]) => {
      const value = row.is_switch ? "" : ` <${row.hint}>`;
      const known =
        typeof row.default === "function"
          ? "by machine"
          : row.default === undefined || row.is_switch
            ? ""
            : row.show(row.default);
      return `  --${name}${value}\n      ${row.help}${known === "" ? "" : ` [default: ${known}]`}`;
    });
  return [
    "wnm keeps as many Autonomi nodes running as this machine can carry.",
    "",
    "  wnm --init --rewards_address 0x…   create the colony",
    "  wnm                                one run; cron does this every minute",
    "  wnm --dry_run                      show what a run would do, and why",
    "  wnm --report node-status           show the nodes",
    "  wnm --force_action stop --service_name antnode0001",
    "",
    "Options (--kebab-case works too):",
    ...lines,
    "",
    "Exit codes:",
    ...EXIT_TEXT.map(([code, meaning]) => `  ${String(code).padStart(2)}  ${meaning}`),
    "",
  ].join("\n");
}
