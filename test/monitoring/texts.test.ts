import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEXTS } from "../../src/monitoring/texts.ts";
import { influxResources } from "../../src/report/influx.ts";
import { PRINTED, type Printed } from "../../src/settings/printed.ts";
import { documented } from "../readme/commands.ts";
import { colonyOf, RUNNING } from "../report/fixture.ts";
import { compiledWnm } from "../support/wnm.ts";
import { type Board, panelsOf } from "./board.ts";

setDefaultTimeout(600_000);

let folder: string;
let wnm: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wnm-printed-"));
  wnm = await compiledWnm();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command as if typed in a shell, without a home or a colony, and returns its output. */
async function type(command: string): Promise<string> {
  const child = Bun.spawn(["sh", "-c", command.replace(/^wnm/, wnm)], {
    cwd: folder,
    env: { HOME: "/nowhere", PATH: process.env.PATH ?? "" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect([command, code, stderr]).toEqual([command, 0, ""]);
  return stdout;
}

/** Runs a Prometheus program in the folder of the printed files; throws its output if it reports a problem. */
function accepts(...argv: string[]): void {
  const done = Bun.spawnSync(argv, { cwd: folder, stdin: "ignore" });
  expect([argv, done.exitCode, done.exitCode === 0 ? "" : `${done.stdout}${done.stderr}`]).toEqual([
    argv,
    0,
    "",
  ]);
}

/** The data source that is selected at the top of the board. */
const CHOSEN = /^\$\{datasource\}$/;

const boardOf = (name: Printed): Board => JSON.parse(TEXTS[name]("1.2.3"));

test("rules fire for what they are meant for, and clear", async () => {
  await type(documented("wnm --print alerts > wnm-alerts.yml"));
  await type(documented("wnm --print recording > wnm-recording.yml"));
  copyFileSync(join(import.meta.dir, "alerts.test.yml"), join(folder, "alerts.test.yml"));
  accepts("promtool", "check", "rules", "wnm-alerts.yml", "wnm-recording.yml");
  accepts("promtool", "test", "rules", "alerts.test.yml");
});

test("Alertmanager accepts its example", async () => {
  await Bun.write(join(folder, "am.yml"), await type(documented("wnm --print alertmanager")));
  accepts("amtool", "check-config", "am.yml");
});

test("printed texts are of this version, and the telegraf lines are TOML that calls a report", async () => {
  const { stdout } = Bun.spawnSync([wnm, "--version"]);
  const version = stdout.toString().trim().split(" ").at(-1) ?? "";
  for (const name of PRINTED) expect(await type(`wnm --print ${name}`)).toContain(`Made by wnm ${version}.`);
  const telegraf = Bun.TOML.parse(await type(documented("wnm --print telegraf"))) as {
    inputs: { exec: readonly { commands: readonly string[]; data_format: string }[] };
  };
  expect(telegraf.inputs.exec).toMatchObject([
    { commands: [expect.stringContaining("--report influx-resources")], data_format: "influx" },
  ]);
});

test.each(["grafana", "grafana-influx"] as const)("the board %s is one that Grafana can show", (name) => {
  const { panels, templating, ...board } = boardOf(name);
  expect(board).toMatchObject({ uid: expect.any(String), title: expect.any(String), schemaVersion: 38 });
  const ids = panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const taken = new Set<string>();
  for (const { type, title, gridPos, targets = [], datasource } of panels) {
    expect(["row", "stat", "timeseries", "table"]).toContain(type);
    expect(title).not.toBe("");
    const { x, y, w, h } = gridPos;
    expect(x + w).toBeLessThanOrEqual(24);
    for (let column = x; column < x + w; column++)
      for (let line = y; line < y + h; line++) {
        expect([title, taken.has(`${column},${line}`)]).toEqual([title, false]);
        taken.add(`${column},${line}`);
      }
    if (type === "row") continue;
    expect(datasource?.uid).toMatch(CHOSEN);
    const refs = targets.map(({ refId }) => refId);
    expect(new Set(refs).size).toBe(refs.length);
    for (const target of targets) expect(target.datasource?.uid).toMatch(CHOSEN);
  }
  const known = new Set([
    ...templating.list.map((one) => one.name),
    "__interval",
    "timeFilter",
    "tag_host",
    "tag_id",
  ]);
  const used = [...JSON.stringify(panels).matchAll(/\$\{?(\w+)/g)].map((match) => match[1] ?? "");
  expect([...new Set(used)].filter((one) => !known.has(one))).toEqual([]);
});

/** Enum values of the schema appear as words in a board. */
const PLAIN = [
  "type Plain<T> = T extends string ? `$",
  "{T}` : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;",
].join("");

test("Grafana's own dashboard schema accepts the boards, to the last key", async () => {
  const strict = {
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    module: "nodenext",
    target: "esnext",
    types: [],
  };
  const files = ["grafana", "grafana-influx"] as const;
  symlinkSync(join(import.meta.dir, "../../node_modules"), join(folder, "node_modules"));
  for (const name of files) {
    const board = `${PLAIN}\nexport const board: Plain<Dashboard> = ${TEXTS[name]("1.2.3")};\n`;
    await Bun.write(
      join(folder, `${name}.ts`),
      `import type { Dashboard } from "@grafana/schema";\n${board}`,
    );
  }
  const project = { compilerOptions: strict, files: files.map((name) => `${name}.ts`) };
  await Bun.write(join(folder, "tsconfig.json"), JSON.stringify(project));
  accepts(join(import.meta.dir, "../../node_modules/.bin/tsc"), "-p", ".");
});

test("the boards are printed as stored", async () => {
  await type(documented("wnm --print grafana > wnm.json"));
  const printed = JSON.parse(readFileSync(join(folder, "wnm.json"), "utf8"));
  expect(panelsOf(printed)).toEqual(panelsOf(boardOf("grafana")));
  expect(panelsOf(printed).length).toBeGreaterThan(20);
});

test("each query of the InfluxDB board names a measurement and a field that the report has", async () => {
  const lines = influxResources(colonyOf(RUNNING)).split("\n");
  const board: Board = JSON.parse(await type(documented("wnm --print grafana-influx")));
  for (const { targets = [] } of panelsOf(board))
    for (const { query = "" } of targets) {
      const [, field, measurement] = /last\("(\w+)"\) FROM "(\w+)"/.exec(query) ?? [];
      const fits = (line: string) =>
        line.startsWith(`${measurement}`) && new RegExp(`[ ,]${field}=`).test(line);
      expect([query, lines.some(fits)]).toEqual([query, true]);
    }
});
