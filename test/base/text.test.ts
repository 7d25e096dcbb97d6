import { expect, test } from "bun:test";
import { errorCode, WnmError } from "../../src/base/errors.ts";
import { echoed, escapeControls, messageOf, printable, printableLines, quoted } from "../../src/base/text.ts";

test("any thrown value becomes a message", () => {
  expect(messageOf(new WnmError("The disk is full"))).toBe("The disk is full");
  expect(messageOf("text")).toBe("text");
  expect(messageOf(undefined)).toBe("undefined");
  expect(messageOf({ toString: () => "an object" })).toBe("an object");
});

test("an error's code is the system's name for it, or undefined", () => {
  expect(errorCode(Object.assign(new Error(), { code: "ENOENT" }))).toBe("ENOENT");
  expect(errorCode(Object.assign(new Error(), { code: 2 }))).toBeUndefined();
  expect(errorCode({ code: "ENOENT" })).toBeUndefined();
});

test("printable text is one line of ASCII", () => {
  expect(printable("  a\u001b[31m\n\tb\u00e9\u{1f600}c ")).toBe("a [31m b c");
  expect(printable("\u0000\u0007")).toBe("");
  expect(printableLines("\n one \r\n\u0007\n two\u009b3J\n")).toEqual(["one", "two 3J"]);
});

test("control characters and changes of text direction are escaped, and other text is kept", () => {
  for (const point of [
    0, 7, 8, 0x0b, 0x0d, 0x1b, 0x1f, 0x7f, 0x80, 0x9b, 0x9f, 0x2028, 0x202e, 0x2066, 0x2069,
  ])
    expect(escapeControls(`a${String.fromCodePoint(point)}b`)).toBe(
      `a\\u${point.toString(16).padStart(4, "0")}b`,
    );
  const plain = "tab\tnewline\n e\u0301 \u00a0 \u2027 \u202f \u{1f600}";
  expect(escapeControls(plain)).toBe(plain);
});

test("an echoed text is one short line", () => {
  expect(echoed("0x33\nINFO [root] Action: {}\r\t\u001b")).toBe("0x33\\nINFO [root] Action: {}\\r\\t\\u001b");
  expect(echoed("x".repeat(80))).toBe("x".repeat(80));
  expect(echoed("x".repeat(2_000_000))).toBe(`${"x".repeat(80)}… (2000000 characters)`);
  // A pair of surrogates is not split.
  expect(echoed(`${"x".repeat(79)}\u{1f600}`)).toBe(`${"x".repeat(79)}… (81 characters)`);
  expect(quoted("")).toBe('""');
});
