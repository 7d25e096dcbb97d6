import type { Kind } from "./check.ts";

/** Findings produced where their data are read, not by a check here. */
export const FOUND_ELSEWHERE: readonly Kind[] = [
  { key: "node-full", severity: "bad", about: "a node takes no chunks, because its disk has no room" },
  {
    key: "unread-chunk-store",
    severity: "bad",
    about: "a node's program does not read the chunks that an older one stored",
  },
  {
    key: "stranger-on-port",
    severity: "bad",
    about: "another program holds the port of a node",
  },
  { key: "process-hidden", severity: "bad", about: "this account cannot see whether nodes run" },
  {
    key: "node-folder-unknown",
    severity: "bad",
    about: "a node's folder cannot be read, or is not the one that it had",
  },
  {
    key: "node-stands-open",
    severity: "warning",
    about: "other accounts can read a node's folder or key",
  },
  {
    key: "disk-full",
    severity: "bad",
    about: "the disk is above hd_remove, and removing nodes would not help",
  },
  { key: "colony-disk-full", severity: "warning", about: "the disk of the database is full" },
  {
    key: "program-not-trusted",
    severity: "bad",
    about: "another account could have written the node program",
  },
  {
    key: "no-new-node",
    severity: "bad",
    about: "nodes are missing, and the node program would not work here: bad while there is no node at all",
  },
  {
    key: "node-program-not-fetched",
    severity: "warning",
    about: "the last --get_node latest failed, so the nodes get no new version",
  },
  { key: "linger-off", severity: "warning", about: "nodes end when their user logs out" },
  { key: "unreadable-setting", severity: "bad", about: "a stored setting cannot be read" },
  { key: "unreadable-node", severity: "bad", about: "the row of a node cannot be read" },
  { key: "unreadable-container", severity: "bad", about: "the row of a container cannot be read" },
  {
    key: "rewards-address-checksum",
    severity: "warning",
    about: "the rewards address may be mistyped",
  },
  {
    key: "storage-lost",
    severity: "bad",
    about: "a storage is missing, or is not this colony's; its nodes are left alone",
  },
  { key: "disk-read-only", severity: "bad", about: "a disk is read-only, so its nodes are stopped" },
  { key: "storage-silent", severity: "bad", about: "the disk or share of a storage does not respond" },
  {
    key: "python-start-args",
    severity: "warning",
    about: "start_args that Python wnm stored are not used until they are set again",
  },
  {
    key: "page-not-written",
    severity: "warning",
    about: "the page at page_path is older than the last run",
    after: 120,
  },
  {
    key: "page-unwritable",
    severity: "warning",
    about: "the folder of page_path does not exist, or is not writable",
  },
  {
    key: "metrics-not-written",
    severity: "warning",
    about: "the metrics at prometheus_path are older than the last run",
    after: 120,
  },
  {
    key: "metrics-unwritable",
    severity: "warning",
    about: "the folder of prometheus_path does not exist, or is not writable",
  },
  {
    key: "metrics-hidden",
    severity: "warning",
    about: "the metrics at prometheus_path are in a folder that other accounts cannot enter",
  },
  { key: "alert-failed", severity: "warning", about: "an alert or a ping did not arrive, or may not have" },
  { key: "run-hangs", severity: "bad", about: "a run has held the colony for too long" },
  { key: "colony-unreadable", severity: "bad", about: "the database is missing, or cannot be read" },
  { key: "run-refused", severity: "bad", about: "the last run refused to work, or failed" },
];
