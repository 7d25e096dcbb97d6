import { quoted } from "../base/text.ts";
import { ACTION_TYPE_NAMES } from "../model/action-types.ts";
import { MANAGER_KINDS, REMOVAL_CAUSES, SOFTWARE_KINDS } from "../model/node.ts";
import { NODE_STATUSES } from "../model/node-status.ts";
import type { StoredValue } from "../settings/setting.ts";

/** A value as SQLite stores it, whatever the column's type. */
export type Stored = StoredValue;
export type StoredRow = Readonly<Record<string, Stored>>;

/** True for a valid value of a column. */
export type Column = (value: Stored) => boolean;

const whole =
  (low: number, high: number): Column =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= low && Number(value) <= high;
const text =
  (shape: RegExp): Column =>
  (value) =>
    typeof value === "string" && shape.test(value);
const oneOf =
  (words: readonly string[]): Column =>
  (value) =>
    typeof value === "string" && words.includes(value);
/** Also allows NULL and "", meaning no value. */
const optional =
  (column: Column): Column =>
  (value) =>
    value === null || value === "" || column(value);

const anyText: Column = (value) => typeof value === "string";
const count = whole(0, Number.MAX_SAFE_INTEGER);
const port = whole(1, 65_535);
/** A port; 0 means none. */
const portOrNone = whole(0, 65_535);
const epoch = whole(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
/** An absolute path without control characters and without "..". */
const path = text(/^(?!.*\/\.\.(?:\/|$))\/[^\p{Cc}]*$/u);
const word = text(/^[^\p{Cc}\s/-][^\p{Cc}\s/]*$/u);
/** An account name; those of a directory service may contain blanks. */
const account = text(/^[^\p{Cc}\s/-][^\p{Cc}/]*$/u);

/** True for a SHA-256 hash in lower-case hex. */
export const isSha256 = text(/^[0-9a-f]{64}$/);

/** Process managers, including older rows' names without the account mode. */
export const MANAGER_WORDS: readonly string[] = [
  ...MANAGER_KINDS,
  ...new Set(MANAGER_KINDS.map((kind) => kind.slice(0, kind.indexOf("+")))),
];

/** Columns of table `node` that decide what is done to a node. Readings are omitted: an invalid one counts as unknown. */
export const NODE_COLUMNS: Readonly<Record<string, Column>> = {
  id: whole(1, 9_999_999),
  container_id: optional(count),
  manager_type: optional(oneOf(MANAGER_WORDS)),
  software: optional(oneOf(SOFTWARE_KINDS)),
  service: word,
  user: account,
  binary: path,
  version: optional(anyText),
  root_dir: path,
  log_dir: optional(path),
  moving_to: optional(path),
  moving_from: optional(path),
  port,
  metrics_port: portOrNone,
  rpc_port: portOrNone,
  webrtc_port: optional(port),
  network: word,
  wallet: optional(text(/^0x[0-9a-fA-F]{40}$/)),
  peer_id: optional(anyText),
  status: oneOf(NODE_STATUSES),
  timestamp: epoch,
  age: epoch,
  host: word,
  environment: optional(anyText),
  wanted: optional(oneOf(["running", "stopped"])),
  wanted_with: optional(anyText),
  wanted_before: optional(oneOf(["running", "stopped"])),
  removal_cause: optional(oneOf(REMOVAL_CAUSES)),
  failures: optional(count),
  failed_action: optional(oneOf(ACTION_TYPE_NAMES)),
  failed_at: optional(epoch),
  obstacle: optional(anyText),
  pid: optional(whole(1, Number.MAX_SAFE_INTEGER)),
  pid_started: optional(count),
  boot_id: optional(anyText),
  stopping_since: optional(epoch),
  stopping_to_restart: optional(whole(0, 1)),
  supervisor_restarts: optional(count),
  silent_since: optional(epoch),
  crashes: optional(count),
  problem: optional(anyText),
  previous_version: optional(anyText),
  upgraded_itself: optional(whole(0, 1)),
  program_sha256: optional(isSha256),
  strange_program: optional(isSha256),
  own_disk: optional(whole(0, 1)),
  has_key: optional(whole(0, 1)),
  peers_at: optional(epoch),
  routing_at: optional(epoch),
  counted_at: optional(epoch),
  partial_count: optional(anyText),
  died_at: optional(epoch),
};

/** Columns of table `container`. */
export const CONTAINER_COLUMNS: Readonly<Record<string, Column>> = {
  id: count,
  container_id: word,
  name: word,
  image: optional(text(/^[^\p{Cc}\s-][^\p{Cc}\s]*$/u)),
  status: anyText,
  created_at: epoch,
  port_range_start: optional(portOrNone),
  port_range_end: optional(portOrNone),
  metrics_port_range_start: optional(portOrNone),
  metrics_port_range_end: optional(portOrNone),
  storage: optional(path),
};

/** The first column with an invalid value, as "metrics_port is 1.5"; undefined when all are valid. */
export function problemOf(row: StoredRow, columns: Readonly<Record<string, Column>>): string | undefined {
  for (const name in row) {
    const value = row[name];
    if (value !== undefined && columns[name]?.(value) === false) return `${name} is ${shown(value)}`;
  }
  return undefined;
}

/** The maximum length shown of an untrusted text. */
const MOST_SHOWN = 80;

/** A stored value for messages. */
export function shown(value: Stored): string {
  if (value === null) return "NULL";
  if (value instanceof Uint8Array) return `x'${value.slice(0, MOST_SHOWN / 2).toHex()}'`;
  return typeof value === "number" ? String(value) : quoted(value);
}

/** True for a valid value of a numeric column: NULL or a finite number. */
export const isFigure = (value: Stored | undefined): boolean =>
  value === null || (typeof value === "number" && Number.isFinite(value));
