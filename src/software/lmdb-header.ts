import { readSync } from "node:fs";
import { type NodePath, readNodeFile } from "../os/files/node-path.ts";

/** The newest meta page of an LMDB file. */
export type LmdbHeader = {
  /** Entries of the main database. */
  readonly entries: number;
  /** Bytes up to the last page ever used; the file may be larger. */
  readonly used_bytes: number;
  /** Number of the transaction that wrote the page. */
  readonly transaction: bigint;
};

/** Bytes to read of a meta page: up to the end of the transaction number. */
export const META_BYTES = 152;

/** Possible page sizes, powers of two: the operating system's, at most 32 KiB (mdb.c, MAX_PAGESIZE). */
const PAGE_SIZES = { least: 256, most: 32_768 } as const;
const MAGIC = 0xbeefc0de;
const VERSION = 1;
/** Offsets in a meta page of a 64-bit little-endian machine (mdb.c, MDB_page and MDB_meta). */
const AT = { magic: 16, version: 20, page_size: 40, entries: 120, last_page: 136, transaction: 144 } as const;
const RETRIES = 3;

type Meta = LmdbHeader & { readonly page_size: number };

/** Parses a meta page; undefined if invalid. Pure. */
export function readMeta(bytes: Uint8Array): Meta | undefined {
  if (bytes.length < META_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, META_BYTES);
  if (view.getUint32(AT.magic, true) !== MAGIC || view.getUint32(AT.version, true) !== VERSION)
    return undefined;
  const page_size = view.getUint32(AT.page_size, true);
  if (page_size < PAGE_SIZES.least || page_size > PAGE_SIZES.most || (page_size & (page_size - 1)) !== 0)
    return undefined;
  const entries = Number(view.getBigUint64(AT.entries, true));
  const used_bytes = (Number(view.getBigUint64(AT.last_page, true)) + 1) * page_size;
  if (!Number.isSafeInteger(entries) || !Number.isSafeInteger(used_bytes)) return undefined;
  return { page_size, entries, used_bytes, transaction: view.getBigUint64(AT.transaction, true) };
}

/** Reads `META_BYTES` at the offset; fewer when the file ends before. */
export type ReadAt = (offset: number) => Uint8Array;

/**
 * The newer of a database's two meta pages. Writers alternate between them, so their transaction numbers differ by one;
 * otherwise a writer has interfered, and both are read again. undefined when neither page is valid. Pure apart from
 * `readAt`.
 */
export function newestMeta(readAt: ReadAt): LmdbHeader | undefined {
  for (let turn = 0; ; turn++) {
    const first = readMeta(readAt(0));
    // A damaged or half-written page 0 does not reveal the offset of page 1, so the usual page sizes are tried.
    const second = first === undefined ? pageOne(readAt) : readMeta(readAt(first.page_size));
    const calm = first !== undefined && second !== undefined && areNeighbours(first, second);
    if (calm || turn === RETRIES) {
      const newest = newerOf(first, second);
      return (
        newest && { entries: newest.entries, used_bytes: newest.used_bytes, transaction: newest.transaction }
      );
    }
  }
}

const areNeighbours = (a: Meta, b: Meta): boolean => {
  const apart = a.transaction - b.transaction;
  return apart >= -1n && apart <= 1n;
};

const newerOf = (a: Meta | undefined, b: Meta | undefined): Meta | undefined =>
  a !== undefined && b !== undefined && b.transaction > a.transaction ? b : (a ?? b);

function pageOne(readAt: ReadAt): Meta | undefined {
  for (const page_size of [4096, 16_384]) {
    const page = readMeta(readAt(page_size));
    if (page?.page_size === page_size) return page;
  }
  return undefined;
}

/** Reads the LMDB header in a node's file without locking it. undefined when it cannot be read. */
export function readLmdb(place: NodePath): LmdbHeader | undefined {
  return readNodeFile(place, ({ fd }) =>
    newestMeta((offset) => {
      const bytes = new Uint8Array(META_BYTES);
      return bytes.subarray(0, readSync(fd, bytes, 0, META_BYTES, offset));
    }),
  );
}
