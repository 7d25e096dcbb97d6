import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { CannotTell } from "../../../src/base/errors.ts";
import {
  absentElseThrow,
  absentOr,
  isThere,
  isUnknown,
  kindAt,
  namesAt,
  namesIn,
  ownerOfFile,
  presenceOf,
} from "../../../src/os/files/presence.ts";

const box = mkdtempSync(join(tmpdir(), "wnm-presence-"));
afterAll(() => rmSync(box, { recursive: true, force: true }));

const ERRORS = [...Object.keys(constants.errno), "EUCLEAN", "EREMOTEIO", "ESTALE", "EHWPOISON", "ESHUTDOWN"];

test.each(ERRORS)("%s is absence only if it is ENOENT or ENOTDIR", (code) => {
  const error = Object.assign(new Error(`${code}: some words, lstat 'x'`), { code });
  const answer = absentOr(error);
  if (code === "ENOENT" || code === "ENOTDIR") {
    expect(answer).toBe("absent");
    expect(absentElseThrow(error, "x")).toBeUndefined();
    return;
  }
  expect(isUnknown(answer) && answer.unknown).toContain(code);
  expect(isUnknown(answer) && answer.denied).toBe(code === "EACCES" || code === "EPERM");
  expect(() => absentElseThrow(error, "/some/path")).toThrow(CannotTell);
});

test("an error that is not the system's is not absence either", () => {
  for (const thrown of [
    new Error("no code"),
    "a word",
    undefined,
    Object.assign(new Error("x"), { code: 2 }),
  ])
    expect(isUnknown(absentOr(thrown))).toBe(true);
});

test("everything that has a name is present, and all other paths are absent", () => {
  mkdirSync(join(box, "folder"));
  writeFileSync(join(box, "file"), "");
  symlinkSync("/nowhere", join(box, "link"));
  const kinds = { folder: "folder", file: "file", link: "link" } as const;
  for (const [name, kind] of Object.entries(kinds)) {
    expect(presenceOf(join(box, name))).toBe("present");
    expect(kindAt(join(box, name))).toBe(kind);
  }
  expect(kindAt("/dev/null")).toBe("other");
  for (const path of [join(box, "none"), join(box, "file/below"), join(box, "link/below")]) {
    expect(presenceOf(path)).toBe("absent");
    expect(isThere(path)).toBe(false);
    expect(kindAt(path)).toBeUndefined();
    expect(namesAt(path)).toBe("absent");
    expect(namesIn(path)).toEqual([]);
    expect(ownerOfFile(path)).toBeUndefined();
  }
  expect(namesIn(box)).toEqual(["file", "folder", "link"]);
  expect(ownerOfFile(box)).toBe(process.getuid?.());
});

test("a path that cannot be inspected is unknown, and a caller that needs yes or no gets an error message", () => {
  const loop = join(box, "loop");
  symlinkSync(loop, loop);
  for (const path of [`${loop}/below`, `${box}/${"x".repeat(300)}`]) {
    expect(isUnknown(presenceOf(path))).toBe(true);
    for (const look of [isThere, kindAt, ownerOfFile, namesIn]) expect(() => look(path)).toThrow(CannotTell);
    expect(() => isThere(path)).toThrow(/is unknown whether .* exists \(E[A-Z]+: /);
  }
});
