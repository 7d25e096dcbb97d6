import { expect, test } from "bun:test";
import { runsPythonWnm } from "../../../src/os/lock/python-wnm.ts";

test.each([
  "/usr/bin/python3 /usr/local/bin/wnm",
  "python3.13 -m wnm --dry_run",
  "/usr/bin/python3 -u /home/ant/wnm/src/wnm/__main__.py",
  "/Library/Frameworks/Python.framework/Versions/3.12/Resources/Python.app/Contents/MacOS/Python /Users/ant/.local/bin/wnm",
])("%s is a Python wnm", (line) => {
  expect(runsPythonWnm(line.split(" "))).toBe(true);
});

test.each([
  "/usr/local/bin/wnm",
  "python3 /usr/bin/other wnm",
  "vi python wnm",
  "cpython3 /usr/local/bin/wnm",
])("%s is not a Python wnm", (line) => {
  expect(runsPythonWnm(line.split(" "))).toBe(false);
});
