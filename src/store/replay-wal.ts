/** Bytes of a log before its first frame; zeroed, they make it an empty log. */
export const WAL_HEADER_BYTES = 32;
/** Bytes of a frame before its page. */
export const FRAME_HEADER_BYTES = 24;
/** The lowest bit gives the byte order of the checksums: 0 for little-endian. */
const MAGIC = 0x377f0682;

/**
 * The database with every whole transaction of its write-ahead log, as SQLite's own recovery makes it
 * (https://sqlite.org/fileformat2.html#walformat). Pure; the arguments are not changed.
 */
export function replayWal(database: Uint8Array, wal: Uint8Array): Uint8Array {
  const header = headerOf(wal);
  const { places, pageCount } = header === undefined ? NOTHING : committedPages(wal, header);
  if (header === undefined || pageCount === 0) return database;
  const { pageSize } = header;
  const whole = new Uint8Array(pageCount * pageSize);
  whole.set(database.subarray(0, whole.length));
  for (const [page, at] of places)
    if (page <= pageCount) whole.set(wal.subarray(at, at + pageSize), (page - 1) * pageSize);
  return whole;
}

type Header = { readonly pageSize: number; readonly littleEndian: boolean; readonly sums: Sums };

/** undefined for a log that SQLite takes for empty. */
function headerOf(wal: Uint8Array): Header | undefined {
  if (wal.length < WAL_HEADER_BYTES) return undefined;
  const view = viewOf(wal);
  if ((view.getUint32(0) & ~1) >>> 0 !== MAGIC) return undefined;
  const littleEndian = (view.getUint32(0) & 1) === 0;
  const pageSize = view.getUint32(8);
  const sums = checksum(view, 0, WAL_HEADER_BYTES - 8, [0, 0], littleEndian);
  const isRight = sums[0] === view.getUint32(24) && sums[1] === view.getUint32(28);
  return isRight && isPageSize(pageSize) ? { pageSize, littleEndian, sums } : undefined;
}

/** Where the log holds the last committed version of each page, and how many pages the database then has. */
type Committed = { readonly places: ReadonlyMap<number, number>; readonly pageCount: number };

const NOTHING: Committed = { places: new Map(), pageCount: 0 };

/** Reads frames up to the first that is cut off, damaged or of an older log. */
function committedPages(wal: Uint8Array, { pageSize, littleEndian, sums: first }: Header): Committed {
  const view = viewOf(wal);
  const word = (at: number): number => view.getUint32(at);
  const frameBytes = FRAME_HEADER_BYTES + pageSize;
  const places = new Map<number, number>();
  const uncommitted = new Map<number, number>();
  let pageCount = 0;
  let sums = first;
  for (let at = WAL_HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    const [page, pagesAfterCommit] = [word(at), word(at + 4)];
    // The salt of another log: the frame is left from before the log began again.
    if (page === 0 || word(at + 8) !== word(16) || word(at + 12) !== word(20)) break;
    sums = checksum(view, at, 8, sums, littleEndian);
    sums = checksum(view, at + FRAME_HEADER_BYTES, pageSize, sums, littleEndian);
    if (sums[0] !== word(at + 16) || sums[1] !== word(at + 20)) break;
    uncommitted.set(page, at + FRAME_HEADER_BYTES);
    if (pagesAfterCommit === 0) continue;
    pageCount = pagesAfterCommit;
    for (const [number, place] of uncommitted) places.set(number, place);
    uncommitted.clear();
  }
  return { places, pageCount };
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const isPageSize = (size: number): boolean => size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;

type Sums = readonly [number, number];

/** Checksum of so many bytes, which continues `sums` (walformat, 4.2). */
function checksum(view: DataView, from: number, length: number, sums: Sums, littleEndian: boolean): Sums {
  let [first, second] = sums;
  for (let at = from; at < from + length; at += 8) {
    first = (first + view.getUint32(at, littleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, littleEndian) + first) >>> 0;
  }
  return [first, second];
}
