import { textOf } from "../../os/files/open-regular.ts";
import { nodeUmask } from "../contract/node-umask.ts";
import type { Systemctl } from "./systemctl.ts";
import type { UnitStyle } from "./unit-file.ts";

/** Directives of every node's unit. */
export type NodeStyle = Pick<UnitStyle, "unit" | "service"> & {
  /** True when the directives make parts of the disk read-only, so units must list what stays writable. */
  readonly protects_disk: boolean;
};

const UNIT: readonly string[] = [
  "After=network-online.target",
  // After a few failed starts systemd gives up, and wnm retries with its own back-off.
  "StartLimitIntervalSec=600",
  "StartLimitBurst=5",
];

/** Nodes have the lowest priority, restart automatically, and hold no privileges. */
const SERVICE: readonly string[] = [
  "Restart=always",
  "RestartSec=15",
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

/** Confinement: no devices; programs and system settings read-only. */
const CONFINED: readonly string[] = [
  "CapabilityBoundingSet=",
  "PrivateDevices=yes",
  "PrivateTmp=yes",
  "ProtectControlGroups=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  // Hides other processes of the account, whose /proc/PID/root would expose their folders.
  "ProtectProc=ptraceable",
  "ProtectHome=tmpfs",
  "ProtectSystem=strict",
  // A container engine's socket gives access to the whole machine.
  "InaccessiblePaths=-/run/docker.sock -/run/podman -/run/containerd -/run/snapd.socket",
];

/** A user's systemd needs a user namespace for this confinement; some machines forbid them. */
const USER_CONFINED: readonly string[] = ["PrivateUsers=yes", ...CONFINED];

const umaskLine = (readers: number | undefined): string =>
  `UMask=${nodeUmask(readers).toString(8).padStart(4, "0")}`;

const USER_SERVICE: readonly string[] = [...SERVICE, "KeyringMode=private", umaskLine(undefined)];

const PLAIN_USER: NodeStyle = { unit: UNIT, service: USER_SERVICE, protects_disk: false };

const CONFINED_USER: NodeStyle = {
  unit: UNIT,
  service: [...USER_SERVICE, ...USER_CONFINED],
  protects_disk: true,
};

/** The strictest style that this user's systemd allows; tested once per run, when the first unit is written. */
export function userStyle({ allows }: Systemctl): () => Promise<NodeStyle> {
  let style: Promise<NodeStyle> | undefined;
  return () => {
    style ??= allows(USER_CONFINED).then((allowed) => (allowed ? CONFINED_USER : PLAIN_USER));
    return style;
  };
}

/** The style for the system's systemd. `readers`: gid of the operator, whose runs read the nodes' folders. */
export const systemStyle = (readers: number | undefined): NodeStyle => ({
  unit: ["Wants=network-online.target", ...UNIT],
  service: [
    ...SERVICE,
    ...CONFINED,
    ...(hasUserNamespaces() ? ["PrivateUsers=yes"] : []),
    "RemoveIPC=yes",
    umaskLine(readers),
  ],
  protects_disk: true,
});

/** True when user namespaces work. In its own one, a node cannot inspect other nodes' processes of the same account. */
const hasUserNamespaces = (): boolean =>
  Number(textOf("/proc/sys/user/max_user_namespaces", "system") ?? 0) > 0;
