import { WnmError } from "../../base/errors.ts";
import type { Finding } from "../../model/finding.ts";
import type { ManagerKind } from "../../model/node.ts";
import type { Run } from "../../os/command.ts";
import type { Elevation } from "../../os/elevation.ts";
import { type DefinitionFiles, ownDefinitions, rootDefinitions } from "../../os/files/definition-files.ts";
import { type Files, plainFiles } from "../../os/files/node-files.ts";
import { isBootedBySystemd } from "../../os/systemd-booted.ts";
import type { StopGrace } from "../contract/stop-grace.ts";
import type { UnitSource } from "./discover.ts";
import { type Journal, journal } from "./journal.ts";
import { type NodeStyle, systemStyle, userStyle } from "./node-style.ts";
import { systemctl } from "./systemctl.ts";
import { type BusUser, lingerFindings, userBus } from "./user-manager.ts";

/** The differences between systemd+user and systemd+sudo. */
export type SystemdAccess = UnitSource & {
  /** Access to the nodes' files. */
  readonly files: Files;
  /** Access to the units in `folder`. */
  readonly texts: DefinitionFiles;
  readonly account: { readonly user: string; readonly home: string };
  /** The home of the account that runs wnm, which is hidden from nodes. */
  readonly home: string;
  /** The account named in the units; undefined if they run as the user manager's account. */
  readonly runs_as: string | undefined;
  /** The target that starts nodes at boot. */
  readonly wanted_by: string;
  /** The style of units; determined only when one is written. */
  readonly style: () => Promise<NodeStyle>;
  /** Throws WnmError when this systemd does not run. */
  readonly ready: () => void;
  readonly findings: () => readonly Finding[];
  readonly journal: Journal;
  readonly sleep: (ms: number) => Promise<void>;
  readonly grace: StopGrace;
};

/** The folder for administrators' system units. See systemd.unit(5). */
export const UNIT_FOLDER = "/etc/systemd/system";

type User = BusUser & { readonly home: string };

/** Units of this account's systemd. */
export const userUnits = (run: Run, who: User): UnitSource => ({
  kind: "systemd+user",
  folder: `${who.home}/.config/systemd/user`,
  specifiers: { h: who.home, u: who.user },
  systemctl: systemctl(run, ["--user"], [], () => userBus(who)),
});

/** Units of the system's systemd. */
export const systemUnits = (run: Run, asRoot: readonly string[]): UnitSource => ({
  kind: "systemd+sudo",
  folder: UNIT_FOLDER,
  specifiers: { h: "/root", u: "root" },
  systemctl: systemctl(run, [], asRoot, () => ({})),
});

/** Nodes as units of this account's systemd. */
export function userAccess(
  run: Run,
  who: User,
  { sleep, grace }: Pick<SystemdAccess, "sleep" | "grace">,
): SystemdAccess {
  const units = userUnits(run, who);
  return {
    ...units,
    files: plainFiles,
    texts: ownDefinitions,
    account: { user: who.user, home: who.home },
    home: who.home,
    runs_as: undefined,
    wanted_by: "default.target",
    style: userStyle(units.systemctl),
    ready: () => {
      requireSystemd("setsid+user");
      userBus(who);
    },
    findings: () => lingerFindings(who.user),
    journal: journal(run, "--user-unit"),
    sleep,
    grace,
  };
}

/** What running nodes as another account under the system's systemd needs. */
export type SudoContext = Pick<Elevation, "asRoot"> &
  Pick<SystemdAccess, "account" | "files" | "home" | "sleep" | "grace"> & {
    readonly run: Run;
    /** The gid of the operator, whose runs read the nodes' folders. */
    readonly readers: () => number | undefined;
  };

/** Nodes as units of the system's systemd, under their own account. */
export const sudoAccess = ({ run, asRoot, readers, ...context }: SudoContext): SystemdAccess => ({
  ...systemUnits(run, asRoot),
  ...context,
  texts: rootDefinitions(run, asRoot),
  runs_as: context.account.user,
  wanted_by: "multi-user.target",
  style: async () => systemStyle(readers()),
  ready: () => requireSystemd("setsid+sudo"),
  findings: () => [],
  journal: journal(run, "--unit"),
});

/** Throws WnmError, naming the manager to use instead, on a machine not booted with systemd. */
export function requireSystemd(instead: ManagerKind): void {
  if (!isBootedBySystemd())
    throw new WnmError(
      `systemd does not run this machine, so it cannot run nodes here; use --process_manager ${instead}`,
    );
}
