import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { endOf } from "../release/ended.ts";
import { portBlocks, releasePorts } from "../support/ports.ts";
import { until } from "../support/until.ts";
import { aHome, type Ended, ROOMY, type Wnm } from "../support/wnm.ts";
import { asRunHere, documented, shownOutput } from "./commands.ts";

// The README's first hour, as its reader types it: one home folder, with the commands in the order of a colony's life.

setDefaultTimeout(300_000);

let wnm: Wnm;
let variables: Readonly<Record<string, string>>;
let ports: Awaited<ReturnType<typeof portBlocks>>;

/** As variables: a busy machine, other tests' ports, and nodes without a service manager. */
const asVariables = (options: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    options.map((option) => {
      const [name = "", value = ""] = option.replace(/^--/, "").split("=");
      return [`WNM_${name.toUpperCase()}`, value];
    }),
  );

/** antup as far as the README uses it: only `antup node`, which puts the program where wnm expects it. */
const ANTUP = `#!/bin/sh
[ "$*" = node ] || { echo "antup: unexpected $*" >&2; exit 2; }
exec /bin/cp "$HOME/downloaded" "$HOME/.local/bin/antnode"
`;

beforeAll(async () => {
  wnm = await aHome("wnm-readme-");
  ports = await portBlocks();
  const blocks = Object.entries(ports).map(([name, block]) => `--${name}=${block}`);
  variables = asVariables([...ROOMY, ...blocks, "--process_manager=setsid+user", "--no_upnp=true"]);
  const bin = join(wnm.home, ".local/bin");
  mkdirSync(bin, { recursive: true });
  cpSync(wnm.binary, join(bin, "wnm"));
  writeFileSync(join(bin, "antup"), ANTUP, { mode: 0o755 });
  await buildAntnode(join(wnm.home, "downloaded"));
});
afterAll(async () => {
  await wnm?.[Symbol.asyncDispose]();
  releasePorts(ports);
});

/** A command line in the reader's shell; the test adds what follows. */
const type = (command: string, then = ""): Promise<Ended> =>
  endOf(
    ["/bin/bash", "-c", `${asRunHere(command)}${then}`],
    { ...variables, HOME: wnm.home, USER: "reader", PATH: `${wnm.home}/.local/bin:/usr/bin:/bin` },
    wnm.home,
  );

async function ok(command: string, then?: string): Promise<string> {
  const { code, stdout, stderr } = await type(command, then);
  if (code !== 0) throw new Error(`${command}: ${code}: ${stdout}${stderr}`);
  return stdout;
}

/** Lines of output without what differs between machines: figures, peer ids and the home folder. */
const shapes = (lines: readonly string[]): readonly string[] =>
  lines.map((line) =>
    line
      .replace(wnm.home, "/home/you")
      .replace(/\b12D3KooW\w+/g, (id) => "P".repeat(id.length))
      .replace(/\d+(\.\d+)*/g, "N"),
  );

/** The words that begin the lines of an overview's table. */
const labels = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => /^([a-z]+) {2}/.exec(line)?.[1] ?? []);

const nodes = () => wnm.nodes().map((node) => [node.node_name, node.status]);

test("version, help, completion and the Dockerfile work before there is a colony", async () => {
  expect(await ok(documented("wnm --version"))).toMatch(/^wnm version \d+\.\d+\.\d+\n$/);
  expect(await ok(documented("wnm --help"))).toContain("--force_action");
  expect(await ok(documented("wnm --help cpu_remove"))).toContain("Stop nodes while CPU use is above this");
  expect(await ok(documented("wnm --help cpu_less_than"))).toContain("only while CPU use is below this");
  expect(await ok(documented("wnm --help settings"))).toContain("--node_cap");
  expect(await ok(documented("wnm --help reports"))).toContain("node-status-details");
  expect(await ok(documented("wnm --help exit_codes"))).toContain("75  another wnm is running");
  expect(await ok(documented("wnm --help alerts"))).toContain("--alert_url");
  expect(await ok(documented("wnm --help safety"))).toContain("Stop is not delete.");
  expect(await ok(documented("wnm --help security"))).toContain("sudo -n");
  expect(await ok(documented("wnm --help python"))).toContain("colony.db.<revision>.bak");
  expect(await ok(documented("source <(wnm --completion bash)"), "; complete -p wnm")).toContain(" wnm");
  expect(await ok(documented("wnm --dockerfile"))).toMatch(/^FROM /m);
});

test("three commands create the first colony, and a node runs", async () => {
  await ok(documented("antup node"));
  await ok(documented("wnm --init --rewards_address 0xYOUR_ADDRESS"));
  const dryRun = await ok(documented("wnm --dry_run"));
  expect(dryRun).toContain("A run would:");
  expect(shapes(dryRun.split("\n")).slice(0, 5)).toEqual(
    shapes(await shownOutput("wnm --dry_run")).slice(0, 5),
  );
  expect(wnm.nodes()).toEqual([]);
  // A completely busy machine adds nothing on its own.
  expect((await type(documented("wnm"))).stderr).toMatch(/Z INFO (add antnode0001|no node is added)/);
  if (wnm.nodes().length === 0) await ok("wnm --force_action add");
  const timings = (await type(documented("wnm --timings"))).stderr;
  expect(timings).toContain("ms");
  await until(
    async () => {
      await ok("wnm");
      return nodes()[0]?.[1] === "RUNNING";
    },
    "the first node to run",
    30_000,
  );
});

test("the reports work", async () => {
  expect(await ok(documented("wnm --report node-status"))).toMatch(/antnode0001.*RUNNING/);
  const details = documented("wnm --report node-status-details --service_name antnode0001");
  expect(await ok(details)).toContain("antnode0001");
  expect(await ok(documented("wnm --report node-status --force_action survey"))).toContain("antnode0001");
  expect(await ok(documented("wnm --report node-status --status STOPPED,DEAD --sort -since"))).toMatch(
    /^No node has this status\.\n$|^NODE +STATUS/,
  );
  expect(await ok(documented("wnm --report node-status --columns node,version,peers,note"))).toMatch(
    /^NODE +VERSION +PEERS +NOTE\nantnode0001 /,
  );
  expect(await ok(documented("wnm --report node-status --sort -deaths"))).toMatch(/^NODE +STATUS/);
  expect(await ok(documented("wnm --report machine-metrics"))).toContain("antnode");
  expect(JSON.parse(await ok(documented("wnm --report machine-metrics --json")))).toBeObject();
  expect(await ok(documented('wnm --report health -q || echo "something is wrong"'))).toMatch(
    /^(something is wrong\n)?$/,
  );
  await type(documented("wnm --report doctor --bundle bundle.txt"));
  expect(await ok("cat bundle.txt")).toContain("== settings");
  expect(await ok("wnm --report influx-ntracking")).toMatch(/^nodes,.* \d{19}$/m);
  expect(await ok("wnm --report influx-resources")).toMatch(/^nodes/m);
  expect(JSON.parse(await ok(documented("wnm --json")))).toHaveProperty("status");
  expect((await type(documented("wnm --log_format python"))).stderr).toMatch(/^INFO \[root\] Action: \{/m);
});

test("history and why say what happened", async () => {
  const numbered = (command: string) => command.replace(/(--service_name )\d+/, "$11");
  expect(await ok(numbered(documented("wnm --report why --service_name 20")))).toMatch(/^antnode0001 is/);
  expect(await ok(documented("wnm --report why"))).toMatch(/nodes/);
  // Before 22:00 the hour is yesterday's.
  expect(await ok(documented("wnm --report history --since 22:00"))).toMatch(/\d+ runs/);
  const chosen = documented("wnm --report history --since 3d --kind died,stop --service_name 7");
  expect(await ok(numbered(chosen))).toMatch(/\d+ runs/);
});

test("the overview and the page work", async () => {
  const overview = await ok(documented("wnm --report overview"));
  expect(labels(overview.split("\n"))).toEqual(labels(await shownOutput("wnm --report overview")));
  expect((await type(documented("wnm --watch"))).stderr).toContain("needs a terminal");
  await ok(documented("wnm --report page --output ~/wnm.html"));
  expect(readFileSync(join(wnm.home, "wnm.html"), "utf8")).toMatch(/^<!doctype html>/i);
  mkdirSync(join(wnm.home, "www"));
  await ok(documented("wnm --page_path ~/www/wnm.html"));
  expect(readFileSync(join(wnm.home, "www/wnm.html"), "utf8")).toMatch(/^<!doctype html>/i);
});

test("a configuration can be copied to another machine", async () => {
  await ok(documented("wnm --report machine-config --report_format config > file"));
  // The other machine has the same account, and no colony.
  const colony = join(wnm.home, ".local/share");
  const aside = join(wnm.home, "aside");
  renameSync(colony, aside);
  await ok(documented("wnm --init -c file"));
  const copied = wnm.machine();
  rmSync(colony, { recursive: true });
  renameSync(aside, colony);
  expect(copied).toMatchObject({ node_cap: 20, rewards_address: wnm.machine().rewards_address });
});

test("keys are saved, and a lost one is restored", async () => {
  const key = join(wnm.base, "node/antnode0001/secret-key");
  const before = readFileSync(key, "hex");
  await ok(documented("wnm --export_keys keys.json"));
  await ok("wnm --force_action stop --service_name antnode0001");
  rmSync(key);
  expect(await ok(documented("wnm --import_keys keys.json"))).toContain("its identity is restored");
  expect(readFileSync(key, "hex")).toBe(before);
});

test("nodes of one generation need no replacement", async () => {
  await type(documented("wnm --replace_generation --confirm"));
  expect(wnm.machine().replace_generation).toBe(1);
});

test("the steering commands work until nothing is left", async () => {
  while (wnm.nodes().length < 3) await ok("wnm --force_action add");
  await ok(documented("wnm --node_cap 30"));
  expect(wnm.machine().node_cap).toBe(30);
  await ok(documented("wnm --force_action stop --service_name antnode0003"));
  expect(nodes()[2]).toEqual(["0003", "STOPPED"]);
  await ok(documented("wnm --force_action disable --service_name antnode0003"));
  expect(nodes()[2]).toEqual(["0003", "DISABLED"]);
  await ok("wnm --force_action enable --service_name antnode0003");
  rmSync(join(wnm.base, "node/antnode0003/secret-key"));
  await ok(documented("wnm --force_action start --service_name antnode0003 --confirm"));
  await ok(documented("wnm --force_action remove --service_name antnode0003 --confirm"));
  expect(nodes().map(([name]) => name)).not.toContain("0003");
  await ok(documented("wnm --force_action teardown --confirm"));
  expect(nodes()).toEqual([]);
});
