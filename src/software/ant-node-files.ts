import { readdirSync, readFileSync, readSync } from "node:fs";
import type { Seconds } from "../model/node.ts";
import { withRegularFile } from "../os/regular-file.ts";
import { blake3 } from "./blake3.ts";
import { readLmdb } from "./lmdb-header.ts";

/** Bytes of an ML-DSA-65 public key. */
const PUBLIC_KEY_BYTES = 1952;
const TAIL_BYTES = 64 * 1024;
/** Many times the largest identity or list of peers. */
const SMALL_BYTES = 4 * 1024 * 1024;

/** Peer id of an ant-node: BLAKE3 of its public key, in hexadecimal. undefined for text that is no such key file. Pure. */
export function peerIdOfKey(text: string): string | undefined {
  const numbers = parsed(text)?.public_key;
  if (!Array.isArray(numbers) || numbers.length !== PUBLIC_KEY_BYTES) return undefined;
  if (!numbers.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) return undefined;
  return blake3(Uint8Array.from(numbers)).toHex();
}

/** Peers that the node has saved and when it did. undefined for text that is no such file. Pure. */
export function readCloseGroup(text: string): { readonly count: number; readonly at: Seconds } | undefined {
  const { peers, saved_at_epoch_secs: at } = parsed(text) ?? {};
  return Array.isArray(peers) && Number.isSafeInteger(at)
    ? { count: peers.length, at: Number(at) }
    : undefined;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Records, and bytes of both databases; undefined where they cannot be read. */
export function databasesOf(root_dir: string): {
  readonly records: number | undefined;
  readonly data_bytes: number | undefined;
} {
  const chunks = readLmdb(`${root_dir}/chunks.mdb`);
  const paid = readLmdb(`${root_dir}/paid_list.mdb`);
  return {
    records: chunks?.entries,
    data_bytes: chunks === undefined ? undefined : chunks.used_bytes + (paid?.used_bytes ?? 0),
  };
}

/** Text of a small file; undefined when it cannot be read or is larger than any of its kind. */
export const smallText = (path: string): string | undefined =>
  withRegularFile(path, ({ fd, size }) => (size > SMALL_BYTES ? undefined : readFileSync(fd, "utf8")));

/** The end of the newest daily log written since `since`; undefined without one. */
export function logTail(log_dir: string | undefined, since: Seconds): string | undefined {
  if (log_dir === undefined) return undefined;
  try {
    const name = readdirSync(log_dir)
      .filter((entry) => /^ant-node\.\d{4}-\d\d-\d\d\.log$/.test(entry))
      .toSorted()
      .at(-1);
    return name === undefined ? undefined : tailOf(`${log_dir}/${name}`, since);
  } catch {
    return undefined;
  }
}

function tailOf(path: string, since: Seconds): string | undefined {
  return withRegularFile(path, ({ fd, size, changed_at }) => {
    if (changed_at < since) return undefined;
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const length = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8", 0, length);
  });
}
