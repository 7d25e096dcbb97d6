import type { Kind } from "./check.ts";

/** Findings of the doctor's checks, which are in `src/commands/doctor`. */
export const DOCTOR_KINDS: readonly Kind[] = [
  { key: "no-cron-line", severity: "bad", about: "neither cron, launchd nor a timer starts wnm", slow: true },
  { key: "other-wnm", severity: "bad", about: "cron also starts another wnm", slow: true },
  {
    key: "settings-wrong",
    severity: "bad",
    about: "the settings files or variables have a mistake",
    slow: true,
  },
  {
    key: "storage-problem",
    severity: "bad",
    about: "the storage is missing, or is not this colony's",
    slow: true,
  },
  { key: "database-damaged", severity: "bad", about: "the database is damaged", slow: true },
  {
    key: "program-unfit",
    severity: "bad",
    about: "the node program is for another kind of machine",
    slow: true,
  },
  {
    key: "no-first-peers",
    severity: "warning",
    about: "ant-node has no list of bootstrap peers",
    slow: true,
  },
  { key: "port-not-bound", severity: "warning", about: "a node runs and has not bound its port", slow: true },
  {
    key: "port-taken",
    severity: "bad",
    about: "another program holds a port of a node",
    slow: true,
  },
  { key: "no-upnp-router", severity: "bad", about: "nodes need UPnP, and no router answers", slow: true },
  {
    key: "port-closed",
    severity: "warning",
    about: "ufw blocks the port of a running node",
    slow: true,
  },
  {
    key: "no-user-bus",
    severity: "bad",
    about: "the user's systemd, which runs the nodes, is not there",
    slow: true,
  },
  {
    key: "no-rights",
    severity: "bad",
    about: "sudo does not let this account do what its nodes need",
    slow: true,
  },
  { key: "unit-changed", severity: "warning", about: "the unit of a node was changed by hand", slow: true },
  {
    key: "clock-wrong",
    severity: "bad",
    about: "the clock is wrong, or is not synchronised",
    slow: true,
  },
  { key: "few-files", severity: "warning", about: "a node's limit of open files is too low", slow: true },
  {
    key: "little-address-space",
    severity: "warning",
    about: "a node is near its limit of memory (ulimit -v)",
    slow: true,
  },
  {
    key: "few-processes",
    severity: "bad",
    about:
      "an account, a control group or the machine allows too few processes or files for node_cap nodes: bad when there is no room for one more",
    slow: true,
  },
  {
    key: "newer-wnm",
    severity: "warning",
    about: "a newer wnm is available (only with --check_releases)",
    slow: true,
  },
  {
    key: "newer-node-program",
    severity: "warning",
    about: "a newer node program is available (only with --check_releases)",
    slow: true,
  },
  {
    key: "two-colonies",
    severity: "warning",
    about: "the user and root both have a colony here",
    slow: true,
  },
];
