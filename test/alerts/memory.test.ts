import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockAlerts, type Memory, recall, remember } from "../../src/alerts/memory.ts";

const UID = process.getuid?.() ?? 0;
const memory = (version: number): Memory => ({ version, settings: undefined, targets: {} });

/** A folder for the memory, and another if the first is not writable. */
function withPlaces(use: (places: readonly [string, string], folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "wnm-memory-"));
  try {
    use([join(folder, "full", "colony.db.alerts"), join(folder, "elsewhere")], folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("if nothing can be written beside the database, the memory is kept elsewhere, and the newer one counts", () =>
  withPlaces(([beside, elsewhere], folder) => {
    remember([beside, elsewhere], memory(7));
    expect(recall([beside, elsewhere], UID).version).toBe(7);
    expect(statSync(elsewhere).mode & 0o777).toBe(0o600);
    const free = join(folder, "colony.db.alerts");
    remember([free], memory(3));
    expect(recall([free, elsewhere], UID).version).toBe(7);
    remember([free, elsewhere], memory(8));
    expect(recall([free, elsewhere], UID).version).toBe(8);
    expect(readdirSync(folder)).toEqual(["colony.db.alerts"]);
  }));

test("if it can be written nowhere, that is an error, so nothing is sent", () =>
  withPlaces(([beside]) => expect(() => remember([beside], memory(1))).toThrow()));

test("a memory that others could have written, a link and garbage are not read", () =>
  withPlaces(([, elsewhere], folder) => {
    remember([elsewhere], memory(5));
    symlinkSync(elsewhere, join(folder, "link"));
    expect(recall([join(folder, "link")], UID).version).toBe(0);
    expect(recall([elsewhere], UID + 1).version).toBe(0);
    chmodSync(elsewhere, 0o666);
    expect(recall([elsewhere], UID).version).toBe(0);
  }));

test("only one run sends at a time", () =>
  withPlaces((places) => {
    const first = lockAlerts(places);
    expect(first).toBeDefined();
    expect(lockAlerts(places)).toBeUndefined();
    first?.[Symbol.dispose]();
    const second = lockAlerts(places);
    expect(second).toBeDefined();
    second?.[Symbol.dispose]();
  }));
