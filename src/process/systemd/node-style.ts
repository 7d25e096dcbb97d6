import { textOf } from "../../os/files/open-regular.ts";
import { nodeUmask } from "../contract/node-umask.ts";
import type { Systemctl } from "./systemctl.ts";
import type { UnitStyle } from "./unit-file.ts";

/** Directives of every node's unit. */
export type NodeStyle = Pick<UnitStyle, "unit" | "service"> & {
  /** The directives make parts of the disk read-only, so units name what stays writable. */
  readonly protects_disk: boolean;
};

const UNIT: readonly string[] = [
  "After=network-online.target",
  // systemd gives up a node that cannot stay up after a few tries; wnm tries again later, less and less often.
  "StartLimitIntervalSec=600",
  "StartLimitBurst=5",
];

/** Nodes yield to everything else on the machine, restart automatically, and hold no privileges. */
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

/** A private view of the machine: no devices, programs and settings read-only. */
const CONFINED: readonly string[] = [
  "CapabilityBoundingSet=",
  "PrivateDevices=yes",
  "PrivateTmp=yes",
  "ProtectControlGroups=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  // Other processes of the account stay hidden: their /proc/PID/root would show their folders.
  "ProtectProc=ptraceable",
  "ProtectHome=tmpfs",
  "ProtectSystem=strict",
  // Access to a container engine's socket is access to the whole machine.
  "InaccessiblePaths=-/run/docker.sock -/run/podman -/run/containerd -/run/snapd.socket",
];

/** A user's systemd needs a user namespace for the rest; some machines forbid them. */
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

/** The tightest style that this user's systemd allows; asked once per run, when the first unit is written. */
export function userStyle({ allows }: Systemctl): () => Promise<NodeStyle> {
  let style: Promise<NodeStyle> | undefined;
  return () => {
    style ??= allows(USER_CONFINED).then((allowed) => (allowed ? CONFINED_USER : PLAIN_USER));
    return style;
  };
}

/** The style of the machine's systemd. `readers`: group of the operator who reads the nodes' folders. */
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

/** In a user namespace of its own, a node cannot look into other nodes' processes although they share an account. */
const hasUserNamespaces = (): boolean =>
  Number(textOf("/proc/sys/user/max_user_namespaces", "system") ?? 0) > 0;
