import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import fc from "fast-check";
import * as v from "valibot";
import type { Given } from "../../src/settings/layers.ts";
import {
  type MachineConfig,
  SETTING_NAMES,
  type SettingName,
  settingOf,
} from "../../src/settings/machine.ts";
import { resolve } from "../../src/settings/resolve.ts";
import { RUN_OPTION_NAMES, runOptionOf } from "../../src/settings/run-options.ts";
import type { StoredValue } from "../../src/settings/setting.ts";
import { insertMachine, readMachine, updateMachine } from "../../src/store/machine.ts";
import { createTables } from "../../src/store/migrate.ts";
import { ANY_CHARACTER } from "../support/any-character.ts";
import { aConfig, aHost } from "../support/builders.ts";
import { runs } from "../support/runs.ts";

const given = (values: Readonly<Record<string, string>>): Given =>
  new Map(
    Object.entries(values).map(([name, text]) => [name, { text, from: "test", layer: "command line" }]),
  );
const defaultOf = (name: SettingName): unknown => {
  const row = settingOf(name);
  return typeof row.default === "function" ? row.default(aHost) : row.default;
};

/** Texts that the setting accepts, found by trying the forms that settings have. */
const shapes = fc.oneof(
  fc.integer({ min: 0, max: 100_000 }).map(String),
  fc.double({ min: 0.01, max: 999, noNaN: true }).map((n) => n.toFixed(3)),
  fc.constantFrom(
    "true",
    "false",
    "",
    "~/x",
    "/srv/a b/it's",
    "A=1 B='two words'",
    "--relay --x 'y z'",
    "donate:3,faucet:1",
  ),
  fc.constantFrom(
    "0x00455d78f850b0358e8cea5be24d415e01e107cf",
    "127.0.0.1",
    "node-7.example",
    "setsid+sudo",
    "youngest",
  ),
  fc.string({ maxLength: 30 }),
);

describe("the settings table", () => {
  test("names are unique over both tables and in the field's spelling", () => {
    const names = [...SETTING_NAMES, ...RUN_OPTION_NAMES];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
  });

  test("every default can be parsed from its own text", () => {
    // There is no default for who is paid.
    for (const name of SETTING_NAMES.filter((known) => known !== "rewards_address")) {
      const row = settingOf(name);
      const value = defaultOf(name);
      const parsed = v.safeParse(row.text, row.show(value));
      expect({ name, output: parsed.success ? parsed.output : parsed.issues[0].message }).toEqual({
        name,
        output: value,
      });
    }
  });

  test("every row says what is not done while its stored value cannot be read", () => {
    expect(SETTING_NAMES.filter((name) => settingOf(name).needed_for === undefined)).toEqual([]);
    // Money, data and rights never depend on a default; --get_node refuses if what limits it cannot be read.
    const harmless = SETTING_NAMES.filter((name) => settingOf(name).needed_for === "nothing");
    expect(harmless.toSorted()).toEqual([
      "action_delay",
      "alert_after",
      "alert_level",
      "alert_repeat",
      "alert_template",
      "alert_url",
      "antctl_debug",
      "database_mode",
      "last_stopped_at",
      "log_format",
      "node_channel",
      "node_log_level",
      "node_mirror",
      "node_version_hold",
      "node_version_pin",
      "page_path",
      "ping_url",
      "prometheus_nodes",
      "prometheus_path",
      "stop_grace",
      "survey_delay",
    ]);
  });

  test("every row has its column, and every column its row", () => {
    const db = new Database(":memory:");
    createTables(db);
    const columns = db
      .query<{ name: string }, []>("PRAGMA table_info(machine)")
      .all()
      .map((row) => row.name);
    // Not settings: facts about the machine, and what became of Python wnm's start_args.
    const apart = new Set(["id", "cpu_count", "start_args_set", "start_args_shown", "more_node_storage"]);
    expect(columns.filter((name) => !apart.has(name)).toSorted()).toEqual(
      [...SETTING_NAMES].toSorted() as string[],
    );
  });

  test("each setting is read outside settings and the store, except one of Python wnm's and the database mode", async () => {
    const root = join(import.meta.dir, "../../src");
    const files = [...new Glob("**/*.ts").scanSync(root)].filter((file) => !/^(settings|store)\//.test(file));
    const code = (await Promise.all(files.map((file) => Bun.file(join(root, file)).text()))).join("\n");
    // Names that code composes: `${name}_remove`, `max_concurrent_${operation}`.
    const composed =
      /^(?:(?:cpu|mem|hd|(?:hdio|netio)_(?:read|write))_(?:less_than|remove)|max_concurrent_(?:starts|upgrades|removals))$/;
    const unread = SETTING_NAMES.filter(
      (name) => !composed.test(name) && !new RegExp(`\\b${name}\\b`).test(code),
    );
    expect(unread).toEqual(["node_removal_strategy", "database_mode"]);
  });

  test("every run option has help and a hint", () => {
    for (const name of RUN_OPTION_NAMES) expect(runOptionOf(name).help.length).toBeGreaterThan(10);
  });
});

test("text -> value -> text -> value is the identity", () => {
  fc.assert(
    fc.property(fc.constantFrom(...SETTING_NAMES), shapes, (name, text) => {
      const row = settingOf(name);
      const first = v.safeParse(row.text, text);
      if (!first.success) return;
      const second = v.safeParse(row.text, row.show(first.output));
      expect(second.success && second.output).toEqual(first.output as never);
    }),
    { numRuns: runs(5000) },
  );
});

test.each(["environment", "start_args"] as const)("whitespace alone means no %s, typed or stored", (name) => {
  const { text, fromColumn } = settingOf(name);
  expect(v.parse(text, " \t")).toBeUndefined();
  expect(fromColumn(" \n ")).toBeUndefined();
});

test("value -> column -> value is the identity, through a real database", () => {
  const db = new Database(":memory:");
  createTables(db);
  insertMachine(db, aConfig({ rewards_address: "donate" }), 4);
  fc.assert(
    fc.property(fc.constantFrom(...SETTING_NAMES), shapes, (name, text) => {
      const parsed = v.safeParse(settingOf(name).text, text);
      if (!parsed.success || (name === "rewards_address" && parsed.output === undefined)) return;
      updateMachine(db, { [name]: parsed.output } as Partial<MachineConfig>);
      expect(readMachine(db)?.settings[name]).toEqual(parsed.output as never);
    }),
    { numRuns: runs(2000) },
  );
});

/** Values that a column may hold, whatever its type. */
const anything = fc.oneof(
  fc.constantFrom<StoredValue>(
    null,
    "",
    -1,
    -2,
    1.5,
    2 ** 31,
    2 ** 53,
    1e300,
    Number.POSITIVE_INFINITY,
    "NaN",
  ),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.string(),
  shapes,
  fc.uint8Array({ maxLength: 8 }),
);

test("any stored value is read as a value that can be stored again, or is set aside, and no setting affects another", () => {
  const db = new Database(":memory:");
  createTables(db);
  insertMachine(db, aConfig({ rewards_address: "donate" }), 4);
  const before = readMachine(db)?.settings ?? {};
  fc.assert(
    fc.property(fc.constantFrom(...SETTING_NAMES), anything, (name, value) => {
      try {
        db.query(`UPDATE machine SET ${name} = ?`).run(value as string);
      } catch {
        // A column that may not be NULL.
        return;
      }
      const { settings, unreadable } = readMachine(db) ?? { settings: {}, unreadable: new Map() };
      expect(unreadable.has(name) && name in settings).toBe(false);
      const others = SETTING_NAMES.filter((other) => other !== name && other !== "process_manager");
      for (const other of others) expect(settings[other]).toEqual(before[other] as never);
      if (name in settings) {
        updateMachine(db, { [name]: settings[name] } as Partial<MachineConfig>);
        expect(readMachine(db)?.settings[name]).toEqual(settings[name] as never);
      }
      db.query(`UPDATE machine SET ${name} = ?`).run(settingOf(name).toColumn(before[name]));
    }),
    { numRuns: runs(3000) },
  );
});

test("a number computed under a wrong clock is stored within its range", () => {
  const db = new Database(":memory:");
  createTables(db);
  insertMachine(db, aConfig({ rewards_address: "donate" }), 4);
  for (const [computed, stored] of [
    [-2, 0],
    [Number.NaN, 0],
    [1.4, 1],
    [1e300, Number.MAX_SAFE_INTEGER],
  ] as const) {
    updateMachine(db, { last_stopped_at: computed });
    expect(readMachine(db)).toMatchObject({ settings: { last_stopped_at: stored }, unreadable: new Map() });
  }
});

describe("resolving settings", () => {
  const stored = aConfig({ rewards_address: "donate" });

  test("prefers given over stored over default values, and changes are what differs from the stored ones", () => {
    const { resolved, issues } = resolve(
      given({ cpu_remove: "80" }),
      { ...stored, node_cap: 7 },
      aHost,
      false,
    );
    expect(issues).toEqual([]);
    expect(resolved.config).toMatchObject({ cpu_remove: 80, node_cap: 7, mem_remove: 75 });
    expect(resolved.changes).toEqual({ cpu_remove: 80 });
  });

  test("finds no change in a value that is already stored", () => {
    expect(resolve(given({ port_start: "55001" }), stored, aHost, false)).toMatchObject({
      resolved: { changes: {} },
      issues: [],
    });
  });

  test("keeps settings that are fixed at init, with a sentence", () => {
    const { issues } = resolve(
      given({ port_start: "56", process_manager: "systemd+user" }),
      stored,
      aHost,
      false,
    );
    expect(issues.map((issue) => issue.name)).toEqual(["port_start", "process_manager"]);
    expect(issues[0]?.message).toBe("--port_start (test): is fixed at init; it is 55 and cannot become 56");
  });

  test("reports every issue of a call at once", () => {
    const { issues } = resolve(
      given({ cpu_remove: "-1", node_cap: "no", host: "a b" }),
      stored,
      aHost,
      false,
    );
    expect(issues.map((issue) => issue.name).toSorted()).toEqual(["cpu_remove", "host", "node_cap"]);
  });

  test.each([
    [{ cpu_less_than: "71" }, /--cpu_less_than 71 \(test\) must not be above --cpu_remove 70/],
    [{ mem_remove: "59" }, /--mem_less_than 60 must not be above --mem_remove 59 \(test\)/],
    [{ desired_load_average: "9" }, /--desired_load_average 9 \(test\) must not be above/],
    [
      { hdio_read_less_than: "50", hdio_read_remove: "20" },
      /--hdio_read_less_than 50 \(test\) must not be above/,
    ],
  ])("refuses to add nodes above the threshold at which they are stopped: %p", (values, message) => {
    expect(
      resolve(given(values), stored, aHost, false)
        .issues.map((issue) => issue.message)
        .join("\n"),
    ).toMatch(message);
  });

  test("requires port blocks below 65536 and apart from each other, for node_cap nodes", () => {
    const problems = (values: Readonly<Record<string, string>>) =>
      resolve(given({ rewards_address: "donate", ...values }), undefined, aHost, false).issues.map(
        (issue) => issue.message,
      );
    expect(problems({ port_start: "64", node_cap: "1535" })).toEqual([]);
    expect(problems({ port_start: "64", node_cap: "1536" }).join()).toContain("reaches port 65536");
    expect(problems({ port_start: "14", node_cap: "1000" })).toEqual([]);
    expect(problems({ port_start: "14", node_cap: "1001" }).join()).toContain("overlap");
    expect(problems({ port_start: "13" }).join()).toContain("overlap");
  });

  test("accepts odd settings of a colony taken over until they are touched", () => {
    const odd = { ...stored, cpu_less_than: 90 };
    expect(resolve(given({}), odd, aHost, false).issues).toEqual([]);
    expect(resolve(given({ node_cap: "5" }), odd, aHost, false).issues).toEqual([]);
    expect(resolve(given({ cpu_remove: "80" }), odd, aHost, false).issues).toHaveLength(1);
  });

  test("accepts what Python wnm accepts: limits of 0, equal pairs, percentages above 100", () => {
    const values = {
      node_cap: "0",
      max_concurrent_starts: "0",
      max_concurrent_upgrades: "0",
      max_concurrent_removals: "0",
      max_concurrent_operations: "0",
      cpu_less_than: "80",
      cpu_remove: "80",
      mem_less_than: "120",
      mem_remove: "150",
      desired_load_average: "3",
      max_load_average_allowed: "3",
      hdio_read_less_than: "50",
      hdio_read_remove: "50",
    };
    const { resolved, issues } = resolve(given(values), stored, aHost, false);
    expect(issues).toEqual([]);
    expect(resolved.config).toMatchObject(
      Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)])),
    );
  });

  test("accepts a value that is already stored, even one that could not be given", () => {
    const python = { ...stored, max_node_per_container: 0, min_container_count: 0 };
    expect(
      resolve(given({ max_node_per_container: "0", min_container_count: "0" }), python, aHost, false),
    ).toMatchObject({
      resolved: { changes: {} },
      issues: [],
    });
    expect(resolve(given({ max_node_per_container: "0" }), stored, aHost, false).issues).toHaveLength(1);
  });

  test("replaces an unreadable value by any given one, even if it is fixed at init", () => {
    const { port_start: _, ...rest } = stored;
    const lost = new Map([["port_start", "1.5"]] as const);
    const { resolved, issues } = resolve(given({ port_start: "55" }), rest, aHost, false, lost);
    expect([resolved.changes, issues]).toEqual([{ port_start: 55 }, []]);
  });

  test("refuses an empty rewards_address", () => {
    expect(resolve(given({ rewards_address: "" }), stored, aHost, false).issues[0]?.message).toContain(
      "Expected a 0x address, faucet or donate but received nothing",
    );
  });

  test("changes highest_node_id_used only with update_config", () => {
    expect(resolve(given({ highest_node_id_used: "5" }), stored, aHost, false).issues).toHaveLength(1);
    expect(resolve(given({ highest_node_id_used: "5" }), stored, aHost, true).resolved.changes).toEqual({
      highest_node_id_used: 5,
    });
  });

  test("gives a value or an issue for any text, and never throws", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SETTING_NAMES), fc.string({ unit: ANY_CHARACTER }), (name, text) => {
        const { resolved, issues } = resolve(given({ [name]: text }), stored, aHost, true);
        if (issues.length === 0) expect(resolved.config[name]).not.toBeNaN();
      }),
      { numRuns: runs(5000) },
    );
  });
});
