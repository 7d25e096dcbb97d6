import { expect, test } from "bun:test";
import { headerIn } from "../../../src/os/files/elf-header.ts";

/** A 64-bit header with one program header that names the loader. elf(5). */
function anElf(machine: number, interpreter: string | undefined): Buffer {
  const head = Buffer.alloc(256);
  head.writeUInt32BE(0x7f454c46, 0);
  head[4] = 2;
  head[5] = 1;
  head.writeUInt16LE(machine, 18);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(interpreter === undefined ? 0 : 1, 56);
  if (interpreter !== undefined) {
    head.writeUInt32LE(3, 64);
    head.writeBigUInt64LE(128n, 72);
    head.writeBigUInt64LE(BigInt(interpreter.length + 1), 96);
    head.write(`${interpreter}\0`, 128);
  }
  return head;
}

test("a program's header gives its machine and its loader", () => {
  const loader = "/lib/ld-musl-x86_64.so.1";
  expect(headerIn(anElf(62, loader))).toEqual({ arch: "x64", interpreter: loader });
  expect(headerIn(anElf(183, undefined))).toEqual({ arch: "arm64", interpreter: undefined });
  expect(headerIn(anElf(8, undefined))).toEqual({ arch: undefined, interpreter: undefined });
});

test("a non-program or a truncated one gives no invented header", () => {
  expect(headerIn(Buffer.from("#!/bin/sh\n"))).toBeUndefined();
  expect(headerIn(anElf(62, "/x").subarray(0, 63))).toBeUndefined();
  expect(headerIn(anElf(62, "/x").subarray(0, 100))).toEqual({ arch: "x64", interpreter: undefined });
  expect(headerIn(Buffer.alloc(200))).toBeUndefined();
});
