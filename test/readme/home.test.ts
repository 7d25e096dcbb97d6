import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { endOf } from "../release/ended.ts";
import { portBlocks, releasePorts } from "../support/ports.ts";
import { until } from "../support/until.ts";
import { aHome, type Ended, ROOMY, type Wnm } from "../support/wnm.ts";
import { asRunHere, documented } from "./commands.ts";

// The README's first hour, as its reader types it: one home folder, the commands in the order of a colony's life.

setDefaultTimeout(120_000);

let wnm: Wnm;
let variables: Readonly<Record<string, string>>;
let ports: Awaited<ReturnType<typeof portBlocks>>;

/** As variables: a busy machine, other tests' ports, and nodes that no service manager keeps. */
const asVariables = (options: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    options.map((option) => {
      const [name = "", value = ""] = option.replace(/^--/, "").split("=");
      return [`WNM_${name.toUpperCase()}`, value];
    }),
  );

/** antup as far as the README uses it: `antup node`, and nothing else, puts the program where wnm expects it. */
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

/** A command line in the reader's shell; what follows it is the test's own. */
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

const nodes = () => wnm.nodes().map((node) => [node.node_name, node.status]);

test("before there is a colony: version, help, completion and the recipe of an image", async () => {
  expect(await ok(documented("wnm --version"))).toMatch(/^wnm version \d+\.\d+\.\d+\n$/);
  expect(await ok(documented("wnm --help cpu_remove"))).toContain("Stop nodes while CPU use is above this");
  expect(await ok(documented("source <(wnm --completion bash)"), "; complete -p wnm")).toContain(" wnm");
  expect(await ok(documented("wnm --dockerfile"))).toMatch(/^FROM /m);
});

test("the first colony: three commands, and a node runs", async () => {
  await ok(documented("antup node"));
  await ok(documented("wnm --init --rewards_address 0xYOUR_ADDRESS"));
  expect(await ok(documented("wnm --dry_run"))).toContain("A run would:");
  expect(wnm.nodes()).toEqual([]);
  expect((await type(documented("wnm"))).stderr).toContain("Action:");
  // A machine that is busy to the last percent adds nothing by itself.
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

test("the reports", async () => {
  expect(await ok(documented("wnm --report node-status"))).toMatch(/antnode0001.*RUNNING/);
  expect(await ok(documented("wnm --report node-status-details"))).toContain("antnode0001");
  expect(JSON.parse(await ok(documented("wnm --report machine-metrics --json")))).toBeObject();
  expect(await ok(documented("wnm --report influx-ntracking"))).toMatch(/^nodes,.* \d{19}$/m);
  expect(await ok(documented("wnm --report influx-resources"))).toMatch(/^nodes/m);
});

test("a configuration goes to another machine", async () => {
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

test("steering, until nothing is left", async () => {
  while (wnm.nodes().length < 3) await ok("wnm --force_action add");
  await ok(documented("wnm --node_cap 30"));
  expect(wnm.machine().node_cap).toBe(30);
  await ok(documented("wnm --force_action stop --service_name antnode0003"));
  expect(nodes()[2]).toEqual(["0003", "STOPPED"]);
  await ok(documented("wnm --force_action disable --service_name antnode0003"));
  expect(nodes()[2]).toEqual(["0003", "DISABLED"]);
  await ok(documented("wnm --force_action teardown --confirm"));
  expect(nodes()).toEqual([]);
});
