import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, openStoreToRead, type Store } from "../../src/store/colony.ts";
import { randomOf } from "../support/seed.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(300_000);

const FIXTURES = join(import.meta.dir, "../fixtures");
const KILLS = 40;
const random = randomOf("power-cut");

const contents = (store: Store) => ({ machine: store.machine(), nodes: store.nodes() });

function readOf(path: string): ReturnType<typeof contents> {
  using store = openStoreToRead(path);
  return contents(store);
}

test("a migration killed at any moment leaves files that read the same, and the next run finishes it", async () => {
  const source = join(FIXTURES, "colony/wnm-v0.0.18.db");
  const expected = readOf(source);
  const original = readFileSync(source);
  const states = new Set<string>();
  for (let kill = 0; kill < KILLS; kill++) {
    const folder = mkdtempSync(join(tmpdir(), "wnm-power-"));
    const child = Bun.spawn([process.execPath, join(FIXTURES, "migrate-colony.ts"), source, folder], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    await until(() => existsSync(join(folder, "1/ready")), "the second migration", 60_000);
    // It keeps migrating; a random moment decides which instruction is its last.
    await Bun.sleep(random() * 20);
    child.kill("SIGKILL");
    await child.exited;
    const last = Math.max(...readdirSync(folder).map(Number));
    const place = join(folder, String(existsSync(join(folder, String(last), "ready")) ? last : last - 1));
    const path = join(place, "colony.db");
    states.add(readdirSync(place).toSorted().join(" "));
    expect(readOf(path)).toEqual(expected);
    for (const backup of readdirSync(place).filter((name) => name.endsWith(".bak")))
      expect(readFileSync(join(place, backup)).equals(original)).toBe(true);
    using store = openStore(path);
    expect(contents(store)).toEqual(expected);
    expect(readFileSync(`${path}.eeec2af7114c.bak`).equals(original)).toBe(true);
    rmSync(folder, { recursive: true });
  }
  // Not all kills hit the same moment.
  expect(states.size).toBeGreaterThan(1);
});
