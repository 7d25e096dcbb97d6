/** The settings that wnm writes to an ant-node's config file; all others are on its command line. */
export type AntNodeConfig = {
  /** MiB that must stay free; with less, the node accepts no more chunks. undefined: its default. */
  readonly disk_reserve_mb: number | undefined;
  /** The node upgrades itself; false once wnm upgrades it, so that never both do. */
  readonly upgrades_itself: boolean;
};

/** The file's name in the node's folder. */
export const CONFIG_FILE = "ant-node.toml";
const MARK = "# Written by wnm at each start of this node; changes made here do not last.";

/** True for the text of a config file written by wnm. Pure. */
export const isWnmsConfig = (text: string): boolean => text.startsWith(MARK);

/** A year between upgrade checks, which cannot be disabled (ant-node 0.14.2, src/upgrade/monitor.rs). */
const NEVER_HOURS = 8760;

/** The file for `ant-node --config` (ant-node 0.14.2, src/config.rs). Pure. */
export const renderConfig = ({ disk_reserve_mb, upgrades_itself }: AntNodeConfig): string =>
  [
    MARK,
    ...(disk_reserve_mb === undefined
      ? []
      : ["[storage]", `disk_reserve_mb = ${Math.max(0, Math.floor(disk_reserve_mb))}`]),
    ...(upgrades_itself ? [] : ["", "[upgrade]", `check_interval_hours = ${NEVER_HOURS}`]),
    "",
  ].join("\n");
