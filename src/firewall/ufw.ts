import { WnmError } from "../errors.ts";
import type { Run } from "../os/command.ts";
import { textOf } from "../os/text-files.ts";
import type { Firewall, Opening } from "./firewall.ts";

/** What ufw is asked through. */
export type UfwAccess = {
  readonly run: Run;
  /** Put before each command. */
  readonly asRoot: readonly string[];
};

/** ufw's own settings, which say whether it is on; everybody may read them. */
const SETTINGS = "/etc/ufw/ufw.conf";
const DEADLINE_MS = 60_000;

/** Rules as `ufw show added` lists them: for one port of UDP, from anywhere. ufw(8). */
const RULE = /^ufw (?:allow|deny|reject|limit) (?:in )?(\d+)\/udp(?: comment '(.*)')?$/;

/**
 * The rules of ufw. Where it is off, nothing is opened, but rules that the colony left there are still taken away.
 *
 * One rule, and so one call (0.14 s), for each port that is new or closed for good: ufw could take up to 15 ports in one
 * rule, but that rule has one comment and can only be deleted whole, so the stop of one node would shut its neighbours
 * out for a moment, and for ever after a kill in it. Rules last over crashes, restarts and reboots, so to start all
 * nodes of a machine again takes one call, which reads them.
 */
export function ufw({ run, asRoot }: UfwAccess): Firewall {
  const call = async (...words: readonly string[]): Promise<string> => {
    const [program = "", ...args] = [...asRoot, "ufw", ...words];
    return (await run([program, ...args], { deadline_ms: DEADLINE_MS })).stdout;
  };
  const rules = async (): Promise<ReadonlyMap<number, string>> => {
    const listed = (await call("show", "added")).split("\n");
    return new Map(
      listed.flatMap((line) => {
        const [, port, comment = ""] = RULE.exec(line.trim()) ?? [];
        return port === undefined ? [] : [[Number(port), comment] as const];
      }),
    );
  };
  const wrong = (openings: readonly Opening[], what: string): WnmError =>
    new WnmError(`ufw ${what} port ${openings.map(({ port }) => port).join(", ")}; see: sudo ufw show added`);

  return {
    async open(openings) {
      if (!/^ENABLED=yes\b/m.test(textOf(SETTINGS) ?? "")) return;
      const before = await rules();
      const missing = openings.filter(({ port }) => !before.has(port));
      if (missing.length === 0) return;
      for (const { port, comment } of missing) await call("allow", `${port}/udp`, "comment", comment);
      const after = await rules();
      const left = missing.filter(({ port }) => !after.has(port));
      if (left.length > 0) throw wrong(left, "did not open");
    },
    async close(openings) {
      const own = (found: ReadonlyMap<number, string>) =>
        openings.filter(({ port, comment }) => found.get(port) === comment);
      const mine = own(await rules());
      if (mine.length === 0) return;
      for (const { port } of mine) await call("delete", "allow", `${port}/udp`);
      const left = own(await rules());
      if (left.length > 0) throw wrong(left, "did not close");
    },
  };
}
