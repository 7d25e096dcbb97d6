import { WnmError } from "../errors.ts";
import type { Run } from "../os/command.ts";
import type { Elevation } from "../os/elevation.ts";
import { elevatedFiles, exists, plainFiles } from "../os/files.ts";
import { plainTexts, rootTexts } from "../os/text-files.ts";
import { type Systemctl, systemctl } from "./systemctl.ts";
import type { NodeStyle, SystemdRights } from "./systemd.ts";
import type { UnitPlace } from "./systemd-discover.ts";
import { type BusUser, lingerWarnings, userBus } from "./systemd-user.ts";

/** sd_booted(3). */
function systemRuns(): void {
  if (!exists("/run/systemd/system"))
    throw new WnmError("systemd does not run this machine; use --process_manager setsid+user or setsid+sudo");
}

type Sleep = (ms: number) => Promise<void>;

/** Where an operator's units of the machine's systemd are. systemd.unit(5). */
export const UNIT_FOLDER = "/etc/systemd/system";

const UNIT: readonly string[] = [
  "After=network-online.target",
  // A node that cannot stay up is given up after a few tries; wnm tries again later, less and less often.
  "StartLimitIntervalSec=600",
  "StartLimitBurst=5",
];

/** Nodes give way to everything else on the machine, come back by themselves, and need no rights at all. */
const SERVICE: readonly string[] = [
  "Restart=always",
  "RestartSec=15",
  "TimeoutStopSec=20",
  "LimitNOFILE=65536",
  "CPUWeight=50",
  "IOWeight=50",
  "OOMScoreAdjust=500",
  "NoNewPrivileges=yes",
  "LockPersonality=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallFilter=~@privileged",
  "SystemCallErrorNumber=EPERM",
];

/** A view of the machine of the node's own, without devices and with programs and settings read-only. */
const CONFINED: readonly string[] = [
  "CapabilityBoundingSet=",
  "PrivateDevices=yes",
  "ProtectControlGroups=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectProc=invisible",
  "ProtectSystem=full",
];
/** What a user's systemd needs before it may do so: a user namespace, which some machines forbid. */
const USER_CONFINED: readonly string[] = ["PrivateUsers=yes", ...CONFINED];

const USER_SERVICE: readonly string[] = [...SERVICE, "KeyringMode=private", "UMask=0077"];
const PLAIN_USER: NodeStyle = { unit: UNIT, service: USER_SERVICE, protects_disk: false };
const CONFINED_USER: NodeStyle = {
  unit: UNIT,
  service: [...USER_SERVICE, ...USER_CONFINED],
  protects_disk: true,
};
const SYSTEM: NodeStyle = {
  unit: ["Wants=network-online.target", ...UNIT],
  service: [...SERVICE, ...CONFINED, "RemoveIPC=yes"],
  protects_disk: true,
};

/** As tight as this user's systemd can make it; asked once in a run, when a unit is written. */
function userStyle({ allows }: Systemctl): SystemdRights["style"] {
  let style: Promise<NodeStyle> | undefined;
  return () => {
    style ??= allows(USER_CONFINED).then((allowed) => (allowed ? CONFINED_USER : PLAIN_USER));
    return style;
  };
}

type User = BusUser & { readonly home: string };

/** Units of the systemd of this very account. */
export const userUnits = (run: Run, who: User): UnitPlace => ({
  kind: "systemd+user",
  folder: `${who.home}/.config/systemd/user`,
  specifiers: { h: who.home, u: who.user },
  systemctl: systemctl(run, ["--user"], [], () => userBus(who)),
});

/** Units of the machine's systemd. */
export const systemUnits = (run: Run, asRoot: readonly string[]): UnitPlace => ({
  kind: "systemd+sudo",
  folder: UNIT_FOLDER,
  specifiers: { h: "/root", u: "root" },
  systemctl: systemctl(run, [], asRoot, () => ({})),
});

/** Nodes under the systemd of this very account. */
export function userRights(run: Run, who: User, sleep: Sleep): SystemdRights {
  const units = userUnits(run, who);
  return {
    ...units,
    files: plainFiles,
    texts: plainTexts,
    account: { user: who.user, home: who.home },
    runs_as: undefined,
    wanted_by: "default.target",
    style: userStyle(units.systemctl),
    ready: () => void userBus(who),
    warnings: () => lingerWarnings(who.user),
    sleep,
  };
}

/** Nodes under the machine's systemd, as an account of their own. */
export const sudoRights = (
  run: Run,
  { asRoot }: Pick<Elevation, "asRoot">,
  account: SystemdRights["account"],
  sleep: Sleep,
): SystemdRights => ({
  ...systemUnits(run, asRoot),
  files: elevatedFiles(run, asRoot, account.user),
  texts: rootTexts(run, asRoot),
  account,
  runs_as: account.user,
  wanted_by: "multi-user.target",
  style: async () => SYSTEM,
  ready: systemRuns,
  warnings: () => [],
  sleep,
});
