import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import fc from "fast-check";
import * as v from "valibot";
import type { Given } from "../../src/settings/given.ts";
import {
  type MachineConfig,
  SETTING_NAMES,
  type SettingName,
  settingOf,
} from "../../src/settings/machine.ts";
import { ONCE_NAMES, onceOf } from "../../src/settings/once.ts";
import { resolve } from "../../src/settings/resolve.ts";
import { insertMachine, readMachine, updateMachine } from "../../src/store/machine.ts";
import { createTables } from "../../src/store/migrate.ts";
import { aConfig, aHost } from "../support/builders.ts";

const given = (values: Readonly<Record<string, string>>): Given =>
  new Map(
    Object.entries(values).map(([name, text]) => [name, { text, from: "test", layer: "command line" }]),
  );
const defaultOf = (name: SettingName): unknown => {
  const row = settingOf(name);
  return typeof row.default === "function" ? row.default(aHost) : row.default;
};

/** Texts that the setting accepts, found by trying shapes that settings have. */
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
    const names = [...SETTING_NAMES, ...ONCE_NAMES];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
  });

  test("every default is a value that its own text gives", () => {
    for (const name of SETTING_NAMES) {
      const row = settingOf(name);
      const value = defaultOf(name);
      const parsed = v.safeParse(row.text, row.show(value));
      expect({ name, output: parsed.success ? parsed.output : parsed.issues[0].message }).toEqual({
        name,
        output: value,
      });
    }
  });

  test("every row has its column and every column its row", () => {
    const db = new Database(":memory:");
    createTables(db);
    const columns = db
      .query<{ name: string }, []>("PRAGMA table_info(machine)")
      .all()
      .map((row) => row.name);
    const apart = new Set(["id", "cpu_count"]);
    expect(columns.filter((name) => !apart.has(name)).toSorted()).toEqual(
      [...SETTING_NAMES].toSorted() as string[],
    );
  });

  test("each setting is read by somebody outside settings", async () => {
    // Columns of Python wnm that nothing sets, and settings of managers that name them only in their own words.
    const excused = new Set([
      "node_removal_strategy",
      "max_node_per_container",
      "min_container_count",
      "docker_image",
    ]);
    for (const name of ["antctl_path", "antctl_debug", "antctl_version"]) excused.add(name);
    const root = join(import.meta.dir, "../../src");
    let code = "";
    for (const file of new Glob(
      "{decide,execute,process,software,firewall,host,report,store}/**/*.ts",
    ).scanSync(root)) {
      code += await Bun.file(join(root, file)).text();
    }
    for (const file of ["run.ts", "observe.ts", "init.ts"]) code += await Bun.file(join(root, file)).text();
    const spelled = (name: string) =>
      code.includes(name) ||
      /^(cpu|mem|hd|hdio_\w+|netio_\w+)_(less_than|remove)$/.test(name) ||
      name.startsWith("max_concurrent_");
    expect(SETTING_NAMES.filter((name) => !excused.has(name) && !spelled(name))).toEqual([]);
  });

  test("every option of one run has help and a hint", () => {
    for (const name of ONCE_NAMES) expect(onceOf(name).help.length).toBeGreaterThan(10);
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
    { numRuns: 5000 },
  );
});

test.each(["environment", "start_args"] as const)("blanks alone are no %s, typed or stored", (name) => {
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
      expect(readMachine(db)?.[name]).toEqual(parsed.output as never);
    }),
    { numRuns: 2000 },
  );
});

describe("resolving", () => {
  const stored = aConfig({ rewards_address: "donate" });

  test("given over stored over default, and changes are what differs from what is stored", () => {
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

  test("a value that is stored already is no change", () => {
    expect(resolve(given({ port_start: "55001" }), stored, aHost, false)).toMatchObject({
      resolved: { changes: {} },
      issues: [],
    });
  });

  test("settings fixed at init stay, with a sentence", () => {
    const { issues } = resolve(
      given({ port_start: "56", process_manager: "systemd+user" }),
      stored,
      aHost,
      false,
    );
    expect(issues.map((issue) => issue.name)).toEqual(["port_start", "process_manager"]);
    expect(issues[0]?.message).toBe("--port_start (test): is fixed at init; it is 55 and cannot become 56");
  });

  test("every issue of a call is told at once", () => {
    const { issues } = resolve(
      given({ cpu_remove: "180", node_cap: "no", host: "a b" }),
      stored,
      aHost,
      false,
    );
    expect(issues.map((issue) => issue.name).toSorted()).toEqual(["cpu_remove", "host", "node_cap"]);
  });

  test.each([
    [{ cpu_less_than: "70" }, /--cpu_less_than 70 \(test\) must be below --cpu_remove 70/],
    [{ mem_remove: "60" }, /--mem_less_than 60 must be below --mem_remove 60 \(test\)/],
    [{ desired_load_average: "9" }, /--desired_load_average 9 \(test\) must be below/],
    [
      { hdio_read_less_than: "50", hdio_read_remove: "20" },
      /--hdio_read_less_than 50 \(test\) must be below/,
    ],
  ])("pairs must leave room between growing and shedding: %p", (values, message) => {
    expect(
      resolve(given(values), stored, aHost, false)
        .issues.map((issue) => issue.message)
        .join("\n"),
    ).toMatch(message);
  });

  test("port blocks must fit below 65536 and apart from each other, for node_cap nodes", () => {
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

  test("odd settings of a colony taken over stop nothing until they are touched", () => {
    const odd = { ...stored, cpu_less_than: 90 };
    expect(resolve(given({}), odd, aHost, false).issues).toEqual([]);
    expect(resolve(given({ node_cap: "5" }), odd, aHost, false).issues).toEqual([]);
    expect(resolve(given({ cpu_remove: "80" }), odd, aHost, false).issues).toHaveLength(1);
  });

  test("highest_node_id_used changes only with update_config", () => {
    expect(resolve(given({ highest_node_id_used: "5" }), stored, aHost, false).issues).toHaveLength(1);
    expect(resolve(given({ highest_node_id_used: "5" }), stored, aHost, true).resolved.changes).toEqual({
      highest_node_id_used: 5,
    });
  });

  test("any text gives a value or an issue, never a throw", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SETTING_NAMES), fc.string({ unit: "binary" }), (name, text) => {
        const { resolved, issues } = resolve(given({ [name]: text }), stored, aHost, true);
        if (issues.length === 0) expect(resolved.config[name]).not.toBeNaN();
      }),
      { numRuns: 5000 },
    );
  });
});
