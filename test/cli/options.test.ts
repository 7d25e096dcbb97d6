import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { assignment } from "../../src/settings/assignments.ts";
import { SETTING_NAMES, type SettingName, settingOf } from "../../src/settings/machine.ts";
import { OPTION_NAMES, optionOf } from "../../src/settings/options.ts";
import { AMBIGUOUS_NAMES } from "../../src/settings/sources.ts";
import { aHome, type Variables, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const NAMES = SETTING_NAMES.filter((name) => settingOf(name).stored_only !== true);

/** One of the choices, a different one for each variant. */
const oneOf =
  (...choices: readonly string[]) =>
  (i: number): string =>
    choices[i % choices.length] ?? "";

/** Six texts that each setting accepts, by its kind; where two depend on each other the lower one stays below. */
const EXAMPLES: Readonly<Record<string, (variant: number, name: string, home: string) => string>> = {
  percent: (i, name) => String((name.endsWith("_remove") ? 60 : 10) + i),
  number: (i) => String(100 + i),
  seconds: (i) => String(200 + i),
  milliseconds: (i) => String(300 + i),
  bytes: (i) => String(4_000_000_000 + i),
  "bytes per second, 0 = not watched": (i, name) => String((name.endsWith("_remove") ? 9000 : 5000) + i),
  "seconds since 1970": (i) => String(1_700_000_000 + i),
  "load average": (i, name) => `${(name.startsWith("max") ? 20 : 2) + i}.5`,
  "thousands of the port number": (i, name) =>
    String({ port_start: 20, metrics_port_start: 30, rpc_port_start: 40 }[name] ?? 0) === "0"
      ? ""
      : String(({ port_start: 20, metrics_port_start: 30, rpc_port_start: 40 }[name] ?? 0) + i),
  path: (i, name, home) => join(home, `${name} it's ü ${i}`),
  "path, or several with commas": (i, name, home) => join(home, `${name} it's ü ${i}`),
  'path, "" for none': (i, name, home) => join(home, `${name} it's ü ${i}`),
  'text, "" for none': (i) => `text ${i}`,
  'number, "" for none': (i) => String(50 + i),
  'NAME=value …, "" for none': (i) => `A=${i} B='two words' C="it's"`,
  'words, "" for none': (i) => `--relay --name "x ${i}"`,
  "0x address": (i) => `0x${String(i).repeat(40)}`,
  "0x address, faucet, donate, or weighted list such as 0x…:90,donate:10": (i) => `donate:${i + 1},faucet:1`,
  host: (i) => `10.0.0.${i}`,
  "steady|immediate": oneOf("steady", "immediate"),
  "auto|antnode|ant-node": oneOf("auto", "antnode", "ant-node"),
  "arbitrum-one|arbitrum-sepolia": oneOf("arbitrum-one", "arbitrum-sepolia"),
  "production|testnet|development": oneOf("production", "testnet", "development"),
  "off|error|warn|info|debug|trace": oneOf("off", "error", "warn", "info", "debug", "trace"),
  "true|false": (i) => String(i % 2 === 1),
  "on|off": oneOf("on", "off"),
  "text|python": oneOf("text", "python"),
  "all|few|none": oneOf("all", "few", "none"),
  // Other accounts may not read a database with addresses of alerts.
  "0600|0640|0644": oneOf("0600"),
  'addresses separated by blanks, "" for none': (i) => `https://ntfy.sh/it's-${i} exec:/usr/bin/env`,
  'address of a check, "" for none': (i) => `https://hc-ping.com/${i}`,
  'text|slack|discord|matrix or JSON, "" for none': (i) => `{"text":"it's {message} ${i}"}`,
  "warning|bad": oneOf("warning", "bad"),
  "stable|beta": oneOf("stable", "beta"),
  hours: (i) => String(30 + i),
  'version, "" for none': (i) => `0.23.${i}`,
  'address, "" for none': (i) => `https://mirror.example/${i}`,
  "auto|ufw|none": (i) => (i % 2 === 1 ? "none" : "ufw"),
};

function example(name: SettingName, variant: number, home: string): string {
  if (name === "process_manager") return "setsid+user";
  const make = EXAMPLES[settingOf(name).hint];
  if (make === undefined) throw new Error(`--${name}: no example for the hint ${settingOf(name).hint}`);
  return make(variant, name, home);
}

type Values = ReadonlyMap<string, string>;
/** Settings with the path of a program, which are refused if it does not exist. */
const PROGRAMS = ["antctl_path", "docker_path"] as const satisfies readonly SettingName[];

function examples(variant: number, home: string): Values {
  for (const name of PROGRAMS) writeFileSync(example(name, variant, home), "", { mode: 0o755 });
  return new Map(NAMES.map((name) => [name, example(name, variant, home)]));
}

/** One way to pass options to a call. */
type Source = {
  readonly title: string;
  /** How a message names the source of an option. */
  readonly from: (name: string) => string;
  readonly give: (values: Values, wnm: Wnm) => { args?: readonly string[]; env?: Variables };
};

const inFile = (
  path: (wnm: Wnm) => string,
  args: (file: string) => readonly string[] = () => [],
  spelt: (name: string) => string = (name) => name,
) =>
  ((values, wnm) => {
    const file = path(wnm);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, [...values].map(([name, text]) => assignment(spelt(name), text)).join(""));
    return { args: args(file) };
  }) satisfies Source["give"];

/** The values that a source passes: other programs use some plain names too. */
const readBy = ({ title }: Pick<Source, "title">, values: Values): Values =>
  title === "NAME" ? new Map([...values].filter(([name]) => optionOf(name)?.prefixed !== true)) : values;

/** The strongest first; two of the same strength are next to each other. */
const SOURCES: readonly Source[] = [
  {
    title: "--snake_case=value",
    from: () => "command line",
    give: (values) => ({ args: [...values].map(([name, text]) => `--${name}=${text}`) }),
  },
  {
    title: "WNM_NAME",
    from: (name) => `environment WNM_${name.toUpperCase()}`,
    give: (values) => ({
      env: Object.fromEntries([...values].map(([name, text]) => [`WNM_${name.toUpperCase()}`, text])),
    }),
  },
  {
    title: "NAME",
    from: (name) => `environment ${name.toUpperCase()}`,
    give: (values) => ({
      env: Object.fromEntries([...values].map(([name, text]) => [name.toUpperCase(), text])),
    }),
  },
  {
    title: "~/.local/share/wnm/.env",
    from: () => "line",
    give: inFile(
      (wnm) => join(wnm.home, ".local/share/wnm/.env"),
      () => [],
      (name) => name.toUpperCase(),
    ),
  },
  {
    title: "-c FILE",
    from: () => "line",
    give: inFile(
      (wnm) => join(wnm.home, "a config"),
      (file) => ["-c", file],
    ),
  },
  { title: "~/wnm/config", from: () => "line", give: inFile((wnm) => join(wnm.home, "wnm/config")) },
  {
    title: "~/.local/share/wnm/config",
    from: () => "line",
    give: inFile((wnm) => join(wnm.home, ".local/share/wnm/config")),
  },
  {
    title: "the .env file of the base folder",
    from: () => "line",
    give: inFile((wnm) => join(wnm.base, ".env")),
  },
];

const ALSO: readonly Source[] = [
  {
    title: "--kebab-case value",
    from: () => "command line",
    give: (values) => ({
      args: [...values].flatMap(([name, text]) => {
        const option = `--${name.replaceAll("_", "-")}`;
        return optionOf(name)?.is_switch ? [`${option}=${text}`] : [option, text];
      }),
    }),
  },
];

function expectStored(wnm: Wnm, values: Values): void {
  const row = wnm.machine();
  const expected = [...values].map(([name, text]) => {
    const setting = settingOf(name as SettingName);
    return [name, setting.toColumn(v.parse(setting.text, text))] as const;
  });
  expect(Object.fromEntries(expected.map(([name]) => [name, row[name]]))).toEqual(
    Object.fromEntries(expected),
  );
}

async function store(wnm: Wnm, ...given: readonly ReturnType<Source["give"]>[]): Promise<void> {
  const args = given.flatMap((one) => one.args ?? []);
  const env = Object.assign({}, ...given.map((one) => one.env ?? {}));
  // Fixed settings are set at init, the boot time only afterwards. The manager decides which base folder's .env counts.
  for (const request of [["--init", "--process_manager=setsid+user"], ["--force_action=update_config"]]) {
    await wnm.ok([...request, ...args], env);
  }
}

describe("every setting is stored from every source", () => {
  test.each([...SOURCES, ...ALSO])("$title", async ({ title, give }) => {
    await using wnm = await aHome();
    for (const variant of [1, 2]) {
      const values = readBy({ title }, examples(variant, wnm.home));
      if (variant === 1) {
        await store(wnm, give(values, wnm));
        expectStored(wnm, values);
        continue;
      }
      // A second time, on a colony with other values; settings fixed at init stay.
      const movable = new Map([...values].filter(([name]) => optionOf(name)?.change !== "at init"));
      const given = give(movable, wnm);
      // A missing folder is refused when it is typed.
      mkdirSync(movable.get("node_storage") ?? "", { recursive: true });
      await wnm.ok(["--force_action=update_config", ...(given.args ?? [])], given.env ?? {});
      expectStored(wnm, movable);
    }
  });
});

describe("the stronger source wins for every setting", () => {
  const pairs = SOURCES.slice(1).map((weaker, i) => [SOURCES[i], weaker] as const);
  test.each(pairs.map(([stronger, weaker]) => ({ stronger, weaker })))(
    "$stronger.title over $weaker.title",
    async ({ stronger, weaker }) => {
      if (stronger === undefined) throw new Error("no source");
      await using wnm = await aHome();
      const values = examples(1, wnm.home);
      await store(wnm, stronger.give(values, wnm), weaker.give(examples(2, wnm.home), wnm));
      expectStored(wnm, readBy(stronger, values));
    },
  );

  test("a given value wins over a stored one, and a stored one over the default", async () => {
    await using wnm = await aHome();
    await wnm.ok(["--init", "--rewards_address=donate", "--process_manager=setsid+user", "--node_cap=7"]);
    await wnm.ok(["--force_action=nullop", "--cpu_remove=80"]);
    const json = JSON.parse((await wnm.ok(["--report=machine-config", "--json", "--mem_remove=90"])).stdout);
    expect(json).toMatchObject({ node_cap: 7, cpu_remove: 80, mem_remove: 90, hd_remove: 90 });
    expect(wnm.machine().mem_remove).toBe(75);
  });
});

describe("every option of both tables is read and validated from every source, all in one answer", () => {
  const WRONG = "\u0001";
  const everything = OPTION_NAMES.filter((name) => optionOf(name)?.typed_only !== true && name !== "config");

  test.each([...SOURCES, ...ALSO])("$title", async ({ title, from, give }) => {
    await using wnm = await aHome();
    await wnm.ok(["--init", "--rewards_address=donate", "--process_manager=setsid+user"]);
    const before = wnm.machine();
    const { args = [], env = {} } = give(new Map(everything.map((name) => [name, WRONG])), wnm);
    const { code, stderr, stdout } = await wnm.run(args, env);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    for (const name of everything) {
      const line = stderr.split("\n").find((one) => one.includes(`Z ERROR --${name} (`));
      const unread =
        title === "NAME" && (optionOf(name)?.prefixed === true || AMBIGUOUS_NAMES.includes(name));
      expect([name, line === undefined]).toEqual([name, unread]);
      if (line === undefined) continue;
      expect(line).toContain(from(name));
      expect(line).toMatch(/[Ee]xpected/);
    }
    expect(wnm.machine()).toEqual(before);
  });
});

describe("config files of Python wnm", () => {
  test("both count, and DBPATH in .env finds the colony", async () => {
    await using wnm = await aHome();
    const elsewhere = join(wnm.home, "elsewhere/colony.db");
    await wnm.ok(["--init", "--rewards_address=donate", "--process_manager=setsid+user"]);
    mkdirSync(dirname(elsewhere));
    renameSync(wnm.database, elsewhere);
    const files: Readonly<Record<string, string>> = {
      ".local/share/wnm/.env": `TEST_MODE=1\nPLACE=${wnm.home}\nDBPATH="sqlite:///\${PLACE}/elsewhere/colony.db"\nCPU_REMOVE=81\n`,
      ".local/share/wnm/config": "node_cap=7\ncpu_remove=82\nmem_remove=83\n",
      "wnm/config": "node_cap=8\n",
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(wnm.home, name)), { recursive: true });
      writeFileSync(join(wnm.home, name), text);
    }
    const { stdout, stderr } = await wnm.ok(["--report=machine-config", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ cpu_remove: 81, mem_remove: 83, node_cap: 8 });
    expect(stderr).not.toContain("WARNING");
    const stronger = await wnm.ok(["--report=machine-config", "--json"], { CPU_REMOVE: "84" });
    expect(JSON.parse(stronger.stdout)).toMatchObject({ cpu_remove: 84 });
  });

  test("cause a warning for an unknown name, with the nearest known one, and nothing else changes", async () => {
    await using wnm = await aHome();
    await wnm.ok(["--init", "--rewards_address=donate", "--process_manager=setsid+user"]);
    mkdirSync(join(wnm.home, "wnm"));
    writeFileSync(join(wnm.home, "wnm/config"), "cpu_remov=80\nnode_cap=8\nwhatever_else=1\n");
    mkdirSync(join(wnm.home, ".local/share/wnm"), { recursive: true });
    writeFileSync(
      join(wnm.home, ".local/share/wnm/.env"),
      "MEM_REMOV=80\nEDITOR=vi\nPATH=/x\nHOME=/x\nVERSION=7\n",
    );
    const { stderr } = await wnm.ok(["--force_action=update_config"]);
    expect(wnm.machine()).toMatchObject({ node_cap: 8, cpu_remove: 70, mem_remove: 75 });
    expect(stderr).toContain(
      "config, line 1: cpu_remov sets nothing: it is not a setting; did you mean --cpu_remove?",
    );
    expect(stderr).toContain("config, line 3: whatever_else sets nothing");
    expect(stderr).toContain(".env, line 1: MEM_REMOV sets nothing; did you mean MEM_REMOVE?");
    for (const usual of ["EDITOR", "PATH sets", "HOME", "VERSION"]) expect(stderr).not.toContain(usual);
  });
});

describe("variable names that shells and containers also set", () => {
  test("count with one warning if their value is valid, and are ignored otherwise", async () => {
    await using wnm = await aHome();
    const init = ["--init", "--rewards_address=donate", "--process_manager=setsid+user"];
    const strange = {
      HOST: "web01",
      COUNT: "many",
      REPORT: "yes",
      INTERVAL: "5m",
      ENVIRONMENT: "production",
    };
    const quiet = await wnm.ok(init, strange);
    expect(quiet.stderr).not.toContain("WARNING");
    expect(wnm.machine()).toMatchObject({ host: "127.0.0.1", environment: null });

    const fitting = { HOST: "10.1.2.3", COUNT: "3", INTERVAL: "5", ENVIRONMENT: "A=1" };
    const { stderr } = await wnm.ok(["--force_action=nullop"], fitting);
    expect(stderr.match(/WARNING/g)).toHaveLength(1);
    for (const name of Object.keys(fitting)) expect(stderr).toContain(`WNM_${name}`);
    expect(wnm.machine()).toMatchObject({ host: "10.1.2.3", environment: "A=1" });

    await wnm.ok(["--force_action=nullop"], { HOST: "10.9.9.9", WNM_HOST: "10.7.7.7" });
    expect(wnm.machine().host).toBe("10.7.7.7");
    expect((await wnm.ok([], { REPORT: "node-status" })).stdout).toBe("No nodes found.\n");
  });

  test("a misspelt WNM_NAME is reported", async () => {
    await using wnm = await aHome();
    const { stderr } = await wnm.run([], { WNM_CPU_REMOV: "80", WNM_UNRELATED_THING: "1" });
    expect(stderr).toContain("WNM_CPU_REMOV in the environment sets nothing; did you mean WNM_CPU_REMOVE?");
    expect(stderr).not.toContain("WNM_UNRELATED_THING");
  });
});

describe("clearing settings", () => {
  test("empties every setting that can be empty, and turns off every switch", async () => {
    await using wnm = await aHome();
    const values = examples(1, wnm.home);
    await store(wnm, { args: [...values].map(([name, text]) => `--${name}=${text}`) });
    const empty = NAMES.filter((name) => v.safeParse(settingOf(name).text, "").success);
    // Nobody would be paid.
    expect(empty).not.toContain("rewards_address");
    expect(empty.length).toBeGreaterThan(5);
    const off = (name: SettingName) => (settingOf(name).is_switch ? "false" : "");
    await wnm.ok(["--force_action=update_config", ...empty.map((name) => `--${name}=${off(name)}`)]);
    const row = wnm.machine();
    for (const name of empty) expect([name, row[name]]).toEqual([name, settingOf(name).is_switch ? 0 : null]);
  });

  test("turns off what disable_config names on the command line, and nothing else", async () => {
    await using wnm = await aHome();
    const init = ["--init", "--rewards_address=donate", "--process_manager=setsid+user"];
    await wnm.ok([...init, "--no_upnp", "--antctl_debug"]);
    await wnm.ok(["--force_action", "disable_config", "--no_upnp"], { ANTCTL_DEBUG: "true" });
    expect(wnm.machine()).toMatchObject({ no_upnp: 0, antctl_debug: 1 });
    await wnm.ok(["--force_action=disable_config", "--antctl-debug=true"]);
    expect(wnm.machine()).toMatchObject({ antctl_debug: 0 });
  });
});
