import { gunzipSync } from "node:zlib";
import { WnmError } from "../base/errors.ts";
import { messageOf } from "../base/text.ts";
import type { Artefact } from "./artefact.ts";

/** Several times the largest node program. */
const MOST_BYTES = 256 * 1024 * 1024;
const BLOCK = 512;
/** The maximum number of entries; a real release has two. */
const MOST_ENTRIES = 100;

/** Decompresses a gzip file in memory. Throws WnmError when it is invalid or too large. */
export function gunzipped<A extends Artefact>(packed: A): A {
  try {
    return { ...packed, bytes: gunzipSync(packed.bytes, { maxOutputLength: MOST_BYTES }) };
  } catch (error) {
    throw cannotUnpack(packed, error);
  }
}

/**
 * Extracts the regular files with these names at the top level of a .tar.gz, in memory; skips other files and folders.
 * Throws WnmError for a damaged archive, a link, a device, a path that leads outside, or a duplicate file. Formats: POSIX
 * ustar and pax, GNU long names; see tar(5).
 */
export function unpackTar<A extends Artefact>(packed: A, names: readonly string[]): ReadonlyMap<string, A> {
  const { bytes } = gunzipped(packed);
  const files = new Map<string, A>();
  try {
    for (const entry of entriesOf(bytes)) {
      const name = entry.name.replace(/^(\.\/)+/, "");
      requireHarmless(name, entry.type);
      if (entry.type === "5" || !names.includes(name)) continue;
      if (files.has(name)) throw new Error(`${name} appears twice`);
      files.set(name, { ...packed, name, from: `${name} in ${packed.from}`, bytes: entry.bytes });
    }
  } catch (error) {
    throw cannotUnpack(packed, error);
  }
  return files;
}

const cannotUnpack = ({ from }: Artefact, why: unknown): WnmError =>
  new WnmError(`${from} cannot be unpacked: ${messageOf(why)}; nothing was changed`);

type Entry = { readonly name: string; readonly type: string; readonly bytes: Uint8Array };

function requireHarmless(name: string, type: string): void {
  if (name.startsWith("/") || name.split("/").includes("..") || /\p{Cc}/u.test(name))
    throw new Error(`the path ${JSON.stringify(name)} leads out of it`);
  if (!["0", "5"].includes(type)) throw new Error(`${name} is a link or a device, and not a file`);
}

/** Yields files, folders and links, applying long-name headers. Throws an Error when the archive is damaged. */
function* entriesOf(bytes: Uint8Array): Generator<Entry> {
  let longName: string | undefined;
  let count = 0;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = Buffer.from(bytes.buffer, bytes.byteOffset + at, BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const { name, type, size } = readHeader(header);
    at += BLOCK;
    if (at + size > bytes.length) throw new Error("it ends in the middle of a file");
    if (++count > MOST_ENTRIES) throw new Error(`it has more than ${MOST_ENTRIES} entries`);
    const content = bytes.subarray(at, at + size);
    at += Math.ceil(size / BLOCK) * BLOCK;
    if (type === "g") continue;
    if (type === "x" || type === "L") {
      longName = renamed(type, Buffer.from(content).toString("utf8")) ?? longName;
      continue;
    }
    yield { name: longName ?? name, type, bytes: content };
    longName = undefined;
  }
  throw new Error("it has no end");
}

function readHeader(header: Buffer): { name: string; type: string; size: number } {
  const text = (from: number, to: number): string => header.toString("utf8", from, to).replace(/\0.*$/s, "");
  const octal = (from: number, to: number): number => {
    const digits = text(from, to).trim();
    if (!/^[0-7]{1,11}$/.test(digits)) throw new Error("a header of it is damaged");
    return Number.parseInt(digits, 8);
  };
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  if (sum !== octal(148, 156)) throw new Error("a header of it is damaged");
  const prefix = text(257, 262) === "ustar" && header[262] === 0 ? text(345, 500) : "";
  const flag = String.fromCharCode(header[156] ?? 0);
  return {
    name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    type: flag === "\0" || flag === "7" ? "0" : flag,
    size: octal(124, 136),
  };
}

/** The name that a pax or GNU header gives the next entry. A size in it would move everything after: refused. */
function renamed(type: string, content: string): string | undefined {
  if (type === "L") return content.replace(/\0.*$/s, "");
  if (/^\d+ size=/m.test(content)) throw new Error("an entry of it has two sizes");
  return /^\d+ path=(.*)$/m.exec(content)?.[1];
}
