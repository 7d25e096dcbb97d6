import { expect, test } from "bun:test";
import { type LogStyle, logLine } from "../../src/base/log-line.ts";

const FILE: LogStyle = {
  ...{ format: "text", colour: false, terminal: false },
  now: () => Date.UTC(2026, 10, 28, 15, 4, 1, 987),
};

test("a line in a file has the time, the level and the text", () => {
  expect(logLine(FILE, "INFO", "add antnode0005: there is room")).toBe(
    "2026-11-28T15:04:01Z INFO add antnode0005: there is room\n",
  );
});

test("a line at a terminal has no time, and the level of a warning or an error is coloured", () => {
  const terminal: LogStyle = { ...FILE, terminal: true, colour: true };
  expect(logLine(terminal, "WARNING", "a")).toBe("\u001b[33mWARNING\u001b[0m a\n");
  expect(logLine(terminal, "INFO", "a")).toBe("INFO a\n");
});

test("lines in Python wnm's format have its shape", () => {
  expect(logLine({ ...FILE, format: "python" }, "INFO", "Action: {}")).toBe("INFO [root] Action: {}\n");
});

test.each(["text", "python"] as const)("no text can begin another line or move the cursor: %s", (format) => {
  const line = logLine({ ...FILE, format }, "INFO", "a\n2026-11-28T15:04:01Z ERROR b\u001b[2J\r");
  expect(line.indexOf("\n")).toBe(line.length - 1);
  for (const control of ["\u001b", "\r"]) expect(line).not.toContain(control);
});
