import { expect, test } from "bun:test";
import fc from "fast-check";
import { lastWordsIn, printedError } from "../../../src/process/contract/printed-error.ts";
import { ANY_CHARACTER } from "../../support/any-character.ts";

/** Text that ant-node 0.23.1 prints to a pipe. */
const report = (...causes: readonly string[]) =>
  [
    "Error: ",
    ...causes.map((cause, index) => `   ${index}: \u001b[91m${cause}\u001b[0m`),
    "",
    "Location:",
    "   \u001b[35msrc/bin/ant-node/main.rs\u001b[0m:\u001b[35m170\u001b[0m",
    "",
    "  \u2501\u2501\u2501 BACKTRACE \u2501\u2501\u2501",
    "   1: \u001b[91m__libc_start_call_main\u001b[0m\u001b[90m<unknown>\u001b[0m",
    "",
    "Run with COLORBT_SHOW_HIDDEN=1 environment variable to disable frame filtering.",
    "",
  ].join("\n");

test.each([
  "node startup failed: failed to bind WebRTC Direct listener: WebRTC Direct socket error: Address already in use (os error 98)",
  "node startup failed: Failed to create P2P node: Transport error: Setup failed: Failed to create dual-stack network nodes: Failed to create transport",
  "node startup failed: Another process already has the chunk store at /n/chunks open",
  "payment error: Invalid rewards address length: expected 42 characters, got 4",
])("an error report is one line without colours: %p", (error) => {
  expect(printedError(report(error))).toBe(error);
  expect(lastWordsIn(report(error))).toBe(`: ${error}`);
});

test("an error includes its causes, the last report counts, and its length is limited", () => {
  expect(printedError(report("I/O error: x", "File exists (os error 17)"))).toBe(
    "I/O error: x: File exists (os error 17)",
  );
  expect(printedError(`${report("first")}${report("second")}`)).toBe("second");
  expect(printedError(report("x".repeat(900)))).toHaveLength(300);
});

test("without a report, the last line that looks like an error counts, or else the first words", () => {
  expect(printedError("a\n\u001b[31merror: no such flag\u001b[0m\nusage\n")).toBe("error: no such flag");
  expect(printedError("hello\n")).toBeUndefined();
  expect(lastWordsIn("hello\nthere\nagain\n")).toBe(": hello / there");
  expect(lastWordsIn("")).toBe("");
});

test("any output gives at most one printable line", () => {
  fc.assert(
    fc.property(fc.string({ unit: ANY_CHARACTER, maxLength: 500 }), (text) => {
      expect(printedError(`Error: \n${text}`) ?? "").toMatch(/^[\x20-\x7e]*$/);
    }),
  );
});
