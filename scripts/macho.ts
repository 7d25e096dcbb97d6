import { createHash } from "node:crypto";

// Formats: Apple's <mach-o/loader.h> and <kern/cs_blobs.h>. Load commands are little-endian, signatures big-endian.
const MAGIC_64 = 0xfeedfacf;
const HEADER_BYTES = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const SLOT_CODE_DIRECTORY = 0;
const SHA256 = 2;
const SHA256_BYTES = 32;
/** CS_ADHOC and CS_LINKER_SIGNED: what Apple's linker writes. */
const FLAGS = 0x2_0002;
const VERSION_WITH_EXEC_SEGMENT = 0x2_0400;
const DIRECTORY_BYTES = 88;
const EXEC_SEGMENT_MAIN_BINARY = 1n;
const PAGE_BITS = 12;
const PAGE_BYTES = 1 << PAGE_BITS;
/** Segments are mapped in pages of 16 KiB on Apple silicon, of 4 KiB on Intel; the larger suits both. */
const SEGMENT_BYTES = 0x4000;

type Segment = {
  readonly at: number;
  readonly fileoff: number;
  readonly filesize: number;
};

/** What matters of a Mach-O file for its signature. */
type MachO = {
  readonly view: DataView;
  readonly text: Segment;
  readonly linkedit: Segment;
  /** Where the LC_CODE_SIGNATURE command stands. */
  readonly command: number;
  readonly signature: { readonly offset: number; readonly size: number };
};

/** Reads a 64-bit Mach-O file that has a signature. Throws when it is something else. */
function readMachO(bytes: Uint8Array): MachO {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC_64) throw new Error("this is no 64-bit Mach-O file");
  const segments = new Map<string, Segment>();
  let command = 0;
  let at = HEADER_BYTES;
  for (let left = view.getUint32(16, true); left > 0; left--) {
    const kind = view.getUint32(at, true);
    if (kind === LC_CODE_SIGNATURE) command = at;
    if (kind === LC_SEGMENT_64) {
      const name = new TextDecoder().decode(bytes.subarray(at + 8, at + 24)).replace(/\0+$/, "");
      segments.set(name, {
        at,
        fileoff: Number(view.getBigUint64(at + 40, true)),
        filesize: Number(view.getBigUint64(at + 48, true)),
      });
    }
    at += view.getUint32(at + 4, true);
  }
  const text = segments.get("__TEXT");
  const linkedit = segments.get("__LINKEDIT");
  if (text === undefined || linkedit === undefined || command === 0)
    throw new Error("this Mach-O file has no __TEXT, no __LINKEDIT or no signature");
  const signature = { offset: view.getUint32(command + 8, true), size: view.getUint32(command + 12, true) };
  return { view, text, linkedit, command, signature };
}

/** Why macOS would not run this program; empty when its signature holds for every page. Throws on what is no Mach-O. */
export function verifyMachO(bytes: Uint8Array): readonly string[] {
  const { view, linkedit, signature } = readMachO(bytes);
  const problems: string[] = [];
  const { offset, size } = signature;
  if (offset + size > bytes.length) return ["the signature lies beyond the end of the file"];
  if (offset < linkedit.fileoff || offset + size > linkedit.fileoff + linkedit.filesize)
    problems.push("the signature is not inside __LINKEDIT");
  if (linkedit.fileoff + linkedit.filesize !== bytes.length)
    problems.push("__LINKEDIT does not end where the file ends");
  if (view.getUint32(offset) !== SUPER_BLOB) return [...problems, "there is no signature"];
  const directory = directoryIn(view, offset);
  if (directory === undefined) return [...problems, "the signature has no code directory"];

  const limit = view.getUint32(directory + 32);
  if (limit !== offset) problems.push(`the signature covers ${limit} bytes of ${offset}`);
  if (view.getUint8(directory + 37) !== SHA256) return [...problems, "the pages are not hashed with sha256"];
  const page = 1 << view.getUint8(directory + 39);
  const slots = view.getUint32(directory + 28);
  const hashes = directory + view.getUint32(directory + 16);
  if (slots !== Math.ceil(limit / page))
    problems.push(`${slots} pages are signed of ${Math.ceil(limit / page)}`);
  let wrong = 0;
  for (let i = 0; i < slots; i++) {
    const signed = bytes.subarray(hashes + i * SHA256_BYTES, hashes + (i + 1) * SHA256_BYTES);
    const found = hashOf(bytes.subarray(i * page, Math.min((i + 1) * page, limit)));
    if (!found.equals(signed)) wrong++;
  }
  if (wrong > 0) problems.push(`${wrong} of ${slots} pages differ from the signature`);
  return problems;
}

function directoryIn(view: DataView, offset: number): number | undefined {
  for (let i = 0; i < view.getUint32(offset + 8); i++) {
    const index = offset + 12 + i * 8;
    const blob = offset + view.getUint32(index + 4);
    if (view.getUint32(index) === SLOT_CODE_DIRECTORY && view.getUint32(blob) === CODE_DIRECTORY) return blob;
  }
  return undefined;
}

const hashOf = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** The same program with its signature replaced by an ad-hoc one, as Apple's linker makes them. */
export function adHocSigned(bytes: Uint8Array, identifier: string): Uint8Array {
  const { text, linkedit, command, signature } = readMachO(bytes);
  const limit = signature.offset;
  const name = new TextEncoder().encode(`${identifier}\0`);
  const slots = Math.ceil(limit / PAGE_BYTES);
  const hashes = DIRECTORY_BYTES + name.length;
  const directorySize = hashes + slots * SHA256_BYTES;
  const blobSize = 20 + directorySize;
  const size = roundUp(blobSize, 16);

  const signed = new Uint8Array(limit + size);
  signed.set(bytes.subarray(0, limit));
  const view = new DataView(signed.buffer);
  // The commands are part of the first page, so they are final before it is hashed.
  view.setUint32(command + 12, size, true);
  const filesize = limit + size - linkedit.fileoff;
  view.setBigUint64(linkedit.at + 32, BigInt(roundUp(filesize, SEGMENT_BYTES)), true);
  view.setBigUint64(linkedit.at + 48, BigInt(filesize), true);

  const words = (at: number, ...values: readonly number[]) => {
    for (const [i, value] of values.entries()) view.setUint32(at + i * 4, value);
  };
  words(limit, SUPER_BLOB, blobSize, 1, SLOT_CODE_DIRECTORY, 20);
  const directory = limit + 20;
  words(directory, CODE_DIRECTORY, directorySize, VERSION_WITH_EXEC_SEGMENT, FLAGS);
  words(directory + 16, hashes, DIRECTORY_BYTES, 0, slots, limit);
  signed.set([SHA256_BYTES, SHA256, 0, PAGE_BITS], directory + 36);
  view.setBigUint64(directory + 64, BigInt(text.fileoff));
  view.setBigUint64(directory + 72, BigInt(text.filesize));
  view.setBigUint64(directory + 80, EXEC_SEGMENT_MAIN_BINARY);
  signed.set(name, directory + DIRECTORY_BYTES);
  for (let i = 0; i < slots; i++) {
    const page = signed.subarray(i * PAGE_BYTES, Math.min((i + 1) * PAGE_BYTES, limit));
    signed.set(hashOf(page), directory + hashes + i * SHA256_BYTES);
  }
  return signed;
}
