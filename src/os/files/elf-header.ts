import { readSync } from "node:fs";
import { withRegularFile } from "./open-regular.ts";

/** The target machine according to a program's ELF header. */
export type ElfHeader = {
  /** In the terms of process.arch; undefined: another architecture. */
  readonly arch: "x64" | "arm64" | "arm" | undefined;
  /** The dynamic loader it needs; undefined: statically linked. */
  readonly interpreter: string | undefined;
};

const HEAD_BYTES = 4_096;
/** e_machine. elf(5). */
const MACHINES: Readonly<Record<number, ElfHeader["arch"]>> = { 62: "x64", 183: "arm64", 40: "arm" };
const PT_INTERP = 3;

/** undefined for an unreadable file and for anything but a little-endian 64-bit (on ARM also 32-bit) ELF program. */
export const elfHeader = (path: string): ElfHeader | undefined =>
  withRegularFile(path, ({ fd }) => {
    const head = Buffer.alloc(HEAD_BYTES);
    return headerIn(head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0)));
  });

/** The header in the first bytes of a program. Pure. */
export function headerIn(head: Buffer): ElfHeader | undefined {
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[5] !== 1) return undefined;
  const arch = MACHINES[head.readUInt16LE(18)];
  if (head[4] !== 2) return { arch, interpreter: undefined };
  const [at, size, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)];
  for (let i = 0; i < count && at + (i + 1) * size <= head.length && size >= 56; i++) {
    const row = head.subarray(at + i * size);
    if (row.readUInt32LE(0) !== PT_INTERP) continue;
    const [offset, length] = [Number(row.readBigUInt64LE(8)), Number(row.readBigUInt64LE(32))];
    return { arch, interpreter: head.toString("utf8", offset, offset + length).replace(/\0.*$/s, "") };
  }
  return { arch, interpreter: undefined };
}
