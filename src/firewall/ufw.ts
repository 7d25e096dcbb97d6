import { WnmError } from "../base/errors.ts";
import { asRoot as advised } from "../os/advice.ts";
import type { Run } from "../os/command.ts";
import { runAs } from "../os/elevation.ts";
import { textOf } from "../os/files/open-regular.ts";
import type { Firewall, Opening } from "./firewall.ts";

/** How ufw is called. */
export type UfwAccess = {
  readonly run: Run;
  /** Prefix of each command. */
  readonly asRoot: readonly string[];
};

/** ufw's world-readable settings, which show whether it is enabled. */
const SETTINGS = "/etc/ufw/ufw.conf";
const DEADLINE_MS = 60_000;

/** Rules as `ufw show added` lists them: for one port of UDP, from anywhere. ufw(8). */
const RULE = /^ufw (?:allow|deny|reject|limit) (?:in )?(\d+)\/udp(?: comment '(.*)')?$/;

/**
 * The rules of ufw. While ufw is off, nothing is opened, but the colony's leftover rules are still removed.
 *
 * Each port has its own rule, at one call (0.14 s) each. ufw allows up to 15 ports per rule, but such a rule can only be
 * deleted as a whole: stopping one node would close other nodes' ports briefly, or permanently after a kill. Rules survive
 * crashes, restarts and reboots, so restarting all nodes takes a single call, which reads them.
 */
export function ufw({ run, asRoot }: UfwAccess): Firewall {
  const call = async (...words: readonly string[]): Promise<string> => {
    return (await runAs(run, asRoot, ["ufw", ...words], { deadline_ms: DEADLINE_MS })).stdout;
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
    new WnmError(
      `ufw ${what} port ${openings.map(({ port }) => port).join(", ")}; see: ${advised("ufw show added")}`,
    );

  return {
    async open(openings) {
      if (!/^ENABLED=yes\b/m.test(textOf(SETTINGS, "settings") ?? "")) return;
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
