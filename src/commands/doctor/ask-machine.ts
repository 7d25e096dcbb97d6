import { asRoot, installing } from "../../os/advice.ts";
import { programPath } from "../../os/command.ts";
import type { World } from "../../os/world.ts";
import { found, good, type Question } from "./answer.ts";

/** wnm did not exist before this date, so a clock that shows an earlier one is wrong. */
const EARLIEST = Date.UTC(2025, 0, 1) / 1000;
const ASK_MS = 3_000;

/** The command that switches on network time synchronisation on this machine. */
async function keeperOf({ run }: World): Promise<string> {
  if (programPath("timedatectl") === undefined) return asRoot("ntpd -q -n -p pool.ntp.org");
  const on = asRoot("timedatectl set-ntp true");
  const argv = ["timedatectl", "show", "-p", "CanNTP", "--value"] as const;
  const said = await run(argv, { deadline_ms: ASK_MS }).catch(() => undefined);
  return said?.stdout.trim() === "no" && programPath("apt-get") !== undefined
    ? `${installing("systemd-timesyncd")} && ${on}`
    : on;
}

/** Checks that the clock is plausible and synchronised. */
export const askClock: Question = async ({ now, world }) => {
  const cure = await keeperOf(world);
  if (now < EARLIEST)
    return [
      found("clock-wrong", {
        sentence: `The clock says ${new Date(now * 1000).toISOString().slice(0, 10)}, which cannot be right`,
        cure,
      }),
    ];
  if (programPath("timedatectl") === undefined) return [good("the clock is plausible")];
  const argv = ["timedatectl", "show", "-p", "NTPSynchronized", "--value"] as const;
  const said = await world.run(argv, { deadline_ms: ASK_MS }).catch(() => undefined);
  if (said?.stdout.trim() !== "no")
    return [good(`the clock is ${said === undefined ? "plausible" : "synchronised"}`)];
  return [
    found("clock-wrong", {
      severity: "warning",
      sentence: "The clock is not synchronised, and nodes with a wrong clock are shunned",
      cure,
    }),
  ];
};
