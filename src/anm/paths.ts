import { accountOf } from "../os/account.ts";

/** Where anm (anms.sh 2.0) keeps its files. */
export const ANM = {
  base: "/var/antctl",
  /** Marks an installation. */
  system: "/var/antctl/system",
  config: "/var/antctl/config",
  override: "/var/antctl/override",
  nodes: "/var/antctl/NodeDetails",
  counters: "/var/antctl/counters",
  /** Exists while anm works; anm does nothing while it exists. */
  block: "/var/antctl/block",
  cron: "/etc/cron.d/anm",
  script: "/usr/bin/anms.sh",
  storage: "/var/antctl/services",
  units: "/etc/systemd/system",
  /** Ours: what anm had when wnm took over. */
  backup: "/var/antctl/anm-backup",
} as const;

/** The file with the wallet for new nodes, in the home of the account that cron runs anm as. */
export function walletFile(cron: string | undefined): string | undefined {
  const user = /^(?:\S+\s+){5}(\S+)\s/m.exec(cron?.replace(/^\s*(#.*|\w+\s*=.*)$/gm, "").trim() ?? "")?.[1];
  const home = user === undefined ? undefined : accountOf(user)?.home;
  return home === undefined ? undefined : `${home}/.local/share/anm-wallet`;
}
