import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { adHocSigned, verifyMachO } from "../../scripts/macho.ts";
import { runtimeOf } from "../../scripts/runtimes.ts";

setDefaultTimeout(300_000);

let bytes: Uint8Array;

beforeAll(async () => {
  // Oven's own program for Intel Macs, with a valid signature of theirs.
  bytes = await Bun.file(await runtimeOf("darwin-x64")).bytes();
});

const changedAt = (at: number, change: (byte: number) => number): Uint8Array => {
  const changed = bytes.slice();
  changed[at] = change(changed[at] ?? 0);
  return changed;
};

describe("verifyMachO", () => {
  test("finds no fault with its maker's signature", () => {
    expect(verifyMachO(bytes)).toEqual([]);
  });

  test("finds one changed bit, wherever it is", () => {
    for (const at of [40, 5_000, bytes.length >> 1])
      expect(verifyMachO(changedAt(at, (byte) => byte ^ 1)).join()).toMatch(/^1 of \d+ pages differ/);
  });

  test("finds bytes that are missing or added at the end", () => {
    expect(verifyMachO(bytes.slice(0, -4096))).toEqual(["the signature lies beyond the end of the file"]);
    const longer = new Uint8Array(bytes.length + 16);
    longer.set(bytes);
    expect(verifyMachO(longer)).toEqual(["__LINKEDIT does not end where the file ends"]);
  });

  test("refuses a file that is not Mach-O", async () => {
    const elf = await Bun.file(await runtimeOf("linux-x64")).bytes();
    expect(() => verifyMachO(elf)).toThrow("no 64-bit Mach-O");
  });
});

describe("adHocSigned", () => {
  test("makes a valid signature for a program whose own is not", () => {
    const broken = changedAt(bytes.length >> 1, (byte) => byte ^ 1);
    const signed = adHocSigned(broken, "wnm");
    expect(verifyMachO(signed)).toEqual([]);
    expect(signed[bytes.length >> 1]).toBe(broken[bytes.length >> 1] as number);
  });

  test("says ad-hoc and linker-signed, and contains the name", () => {
    const signed = Buffer.from(adHocSigned(bytes, "wnm"));
    const directory = signed.indexOf(Buffer.from([0xfa, 0xde, 0x0c, 0x02]), signed.length - 2_000_000);
    expect(signed.readUInt32BE(directory + 12)).toBe(0x2_0002);
    const name = directory + signed.readUInt32BE(directory + 20);
    expect(signed.toString("latin1", name, name + 4)).toBe("wnm\0");
  });

  test("gives the same bytes when it signs again", () => {
    const once = adHocSigned(bytes, "wnm");
    expect(Buffer.from(adHocSigned(once, "wnm")).equals(Buffer.from(once))).toBe(true);
  });
});
