import { lstatSync } from "node:fs";
import type { Seconds } from "../model/node.ts";
import {
  bytesIn,
  namesOfNode,
  nodePath,
  readNodeFile,
  textOfNode,
  withNamesOf,
} from "../os/files/node-path.ts";
import { MOST_BYTES } from "../os/files/open-regular.ts";
import { blake3 } from "./blake3.ts";

/** Bytes of an ML-DSA-65 public key. */
const PUBLIC_KEY_BYTES = 1952;
const TAIL_BYTES = 64 * 1024;

/** An ant-node's peer id: the BLAKE3 hash of its public key, in hex. undefined for an invalid key file. Pure. */
export function peerIdOfKey(text: string): string | undefined {
  const numbers = parsed(text)?.public_key;
  if (!Array.isArray(numbers) || numbers.length !== PUBLIC_KEY_BYTES) return undefined;
  if (!numbers.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) return undefined;
  return blake3(Uint8Array.from(numbers)).toHex();
}

/** The peers in either file, and when it was written. undefined for an invalid file. Pure. */
export function readSavedPeers(text: string): PeerCount | undefined {
  const { peers, saved_at_epoch_secs: at } = parsed(text) ?? {};
  return Array.isArray(peers) && Number.isSafeInteger(at) && Number(at) >= 0
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

/** The text of a small file; undefined when it cannot be read or is too large. */
export const smallText = (root_dir: string, name: string): string | undefined =>
  textOfNode(nodePath(root_dir, name), MOST_BYTES["node file"]);

/** Files to which a node writes its peers every ten minutes. */
export const CLOSE_GROUP = "close_group_cache.json";
export const ROUTING_TABLE = "routing_snapshot.json";

/** The contents of a node's folder at one moment. */
export type FolderLook = {
  /** Its names, in order. */
  readonly names: readonly string[];
  /** When the file was last written, in epoch seconds; undefined when it is not there. */
  readonly written: (name: typeof CLOSE_GROUP | typeof ROUTING_TABLE) => Seconds | undefined;
};

/** Looks at a node's folder; undefined when it cannot be listed. */
export function lookAtFolder(root_dir: string): FolderLook | undefined {
  try {
    return withNamesOf(root_dir, (names, { at }) => {
      const writtenAt = (name: string) =>
        names.includes(name) ? lstatSync(at(name), { throwIfNoEntry: false })?.mtimeMs : undefined;
      const [close, routing] = [writtenAt(CLOSE_GROUP), writtenAt(ROUTING_TABLE)];
      const moments = { [CLOSE_GROUP]: close, [ROUTING_TABLE]: routing };
      return {
        names,
        written: (name) => {
          const moment = moments[name];
          return moment === undefined ? undefined : moment / 1000;
        },
      };
    });
  } catch {
    return undefined;
  }
}

/** Peers and when they were counted. */
export type PeerCount = { readonly count: number; readonly at: Seconds };

/** Tolerance: the file contains the time at which writing began. */
const WRITING_SECONDS = 2;

/** The peers in a node's file; not read again if unchanged since `known`. */
export function savedPeers(
  root_dir: string,
  name: typeof CLOSE_GROUP | typeof ROUTING_TABLE,
  look: FolderLook | undefined,
  known: PeerCount | undefined,
): PeerCount | undefined {
  const written = look?.written(name);
  if (written === undefined) return undefined;
  if (known !== undefined && written >= known.at && written < known.at + WRITING_SECONDS) return known;
  return readSavedPeers(smallText(root_dir, name) ?? "");
}

/** The end of today's log, else of the newest one, if written since `since`; undefined without one. */
export function logTail(log_dir: string | undefined, since: Seconds, now: Seconds): Buffer | undefined {
  if (log_dir === undefined) return undefined;
  const today = `ant-node.${new Date(now * 1000).toISOString().slice(0, 10)}.log`;
  return tailOf(log_dir, today, since) ?? olderTail(log_dir, since);
}

function olderTail(log_dir: string, since: Seconds): Buffer | undefined {
  try {
    const name = namesOfNode(log_dir)
      .filter((entry) => /^ant-node\.\d{4}-\d\d-\d\d\.log$/.test(entry))
      .at(-1);
    return name === undefined ? undefined : tailOf(log_dir, name, since);
  } catch {
    return undefined;
  }
}

const tailOf = (log_dir: string, name: string, since: Seconds): Buffer | undefined =>
  readNodeFile(nodePath(log_dir, name), (file) =>
    file.changed_at < since ? undefined : bytesIn(file, TAIL_BYTES, Math.max(0, file.size - TAIL_BYTES)),
  );
