import { WnmError } from "../errors.ts";
import type { Run } from "../os/command.ts";
import type { Elevation } from "../os/elevation.ts";
import { elevatedFiles, exists, plainFiles } from "../os/files.ts";
import { plainTexts, rootTexts } from "../os/text-files.ts";
import { systemctl } from "./systemctl.ts";
import type { SystemdRights } from "./systemd.ts";
import type { UnitPlace } from "./systemd-discover.ts";
import { type BusUser, lingerWarnings, userBus } from "./systemd-user.ts";
import type { UnitStyle } from "./unit-file.ts";

/** sd_booted(3). */
function systemRuns(): void {
  if (!exists("/run/systemd/system"))
    throw new WnmError("systemd does not run this machine; use --process_manager setsid+user or setsid+sudo");
}

type Sleep = (ms: number) => Promise<void>;
type Style = Omit<UnitStyle, "writable">;

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

/** Only the machine's systemd may do this; a user's would need user namespaces, which some machines forbid. */
const SYSTEM_SERVICE: readonly string[] = [
  "CapabilityBoundingSet=",
  "PrivateDevices=yes",
  "ProtectControlGroups=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectProc=invisible",
  "ProtectSystem=full",
  "RemoveIPC=yes",
];

const USER_STYLE: Style = {
  unit: UNIT,
  service: [...SERVICE, "KeyringMode=private", "UMask=0077"],
  wanted_by: "default.target",
};
const SYSTEM_STYLE: Style = {
  unit: ["Wants=network-online.target", ...UNIT],
  service: [...SERVICE, ...SYSTEM_SERVICE],
  wanted_by: "multi-user.target",
};

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
export const userRights = (run: Run, who: User, sleep: Sleep): SystemdRights => ({
  ...userUnits(run, who),
  files: plainFiles,
  texts: plainTexts,
  account: { user: who.user, home: who.home },
  runs_as: undefined,
  protects_disk: false,
  style: USER_STYLE,
  ready: () => void userBus(who),
  warnings: () => lingerWarnings(who.user),
  sleep,
});

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
  protects_disk: true,
  style: SYSTEM_STYLE,
  ready: systemRuns,
  warnings: () => [],
  sleep,
});
