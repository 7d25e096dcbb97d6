import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFaults } from "../fixtures/antnode-faults.ts";
import { buildAntNode } from "../fixtures/build-antnode.ts";
import { documented } from "../readme/commands.ts";
import { endOf } from "../release/ended.ts";
import { type ReleaseServer, serveReleases } from "../release/server.ts";
import { until } from "../support/until.ts";
import { aHome, type Ended, type Wnm } from "../support/wnm.ts";
import { ASSET, entriesOf, KEY, makeRelease, shellProgram } from "./releases.ts";

setDefaultTimeout(300_000);

const ROOT = join(import.meta.dir, "../..");

let scratch: string;
let binary: string;
let server: ReleaseServer;
const releases: Record<string, string> = {};

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "wnm-get-node-colony-"));
  binary = join(scratch, "wnm");
  const key = join(scratch, "key");
  writeFileSync(key, KEY.publicKey);
  const build = documented("bun scripts/build.ts --ant-node-key FILE").replace("FILE", key);
  const words = build.replace(/^bun/, process.execPath).split(" ");
  const built = await endOf([...words, "--outfile", binary], { PATH: "/usr/bin:/bin" }, ROOT);
  expect(built).toMatchObject({ code: 0 });
  server = serveReleases(releases, "");
}, 480_000);

afterAll(() => {
  server?.[Symbol.dispose]();
  rmSync(scratch, { recursive: true, force: true });
});

beforeEach(() => {
  server.asked.length = 0;
});

/** A release of the stand-in ant-node with this version, which becomes the latest. */
async function release(version: string): Promise<void> {
  const program = await buildAntNode(join(scratch, version, "ant-node"), version);
  releases[version] ??= makeRelease(scratch, entriesOf(readFileSync(program)));
  server.latest = version;
}

/** A colony of ant-nodes that got its program from the latest release. */
async function aColony(...args: readonly string[]): Promise<Wnm> {
  const wnm = await aHome("wnm-get-node-", binary);
  const path = "--antnode_path=~/.local/bin/ant-node";
  await wnm.ok(["--get_node", path], { WNM_NODE_MIRROR: server.url });
  await wnm.init(path, `--node_mirror=${server.url}`, ...args);
  return wnm;
}

const versions = (wnm: Wnm) => wnm.nodes().map(({ version }) => version);
const archivesAsked = (): number => server.asked.filter((path) => path.endsWith(ASSET)).length;
const EVERY_MINUTE = ["--get_node", "latest", "--enable_upgrade"];

/** Surveys until the condition holds. */
const surveyedUntil = (wnm: Wnm, what: string, is: () => boolean) =>
  until(async () => {
    await wnm.run(["--force_action", "survey"]);
    return is();
  }, what);

test("the documented calls work as typed", async () => {
  await using wnm = await aHome("wnm-get-node-", binary);
  const mark = join(wnm.home, "ran");
  for (const version of ["0.23.1", "0.23.2"])
    releases[version] = makeRelease(scratch, entriesOf(shellProgram(version, mark)));
  server.latest = "0.23.2";
  mkdirSync(join(wnm.home, ".local/bin"), { recursive: true });
  symlinkSync(binary, join(wnm.home, ".local/bin/wnm"));
  const program = join(wnm.home, ".local/bin/antnode");
  const type = (command: string): Promise<Ended> =>
    endOf(
      ["/bin/bash", "-c", command],
      { HOME: wnm.home, PATH: `${wnm.home}/.local/bin:/usr/bin:/bin`, WNM_NODE_MIRROR: server.url },
      wnm.home,
    );
  const typed = async (command: string): Promise<string> => (await type(command)).stdout;
  const cron = (line: string): Promise<Ended> => type(line.replace(/^(\S+ ){5}/, ""));

  expect(await typed(documented("wnm --help node_program"))).toContain("ML-DSA-65");
  const young = documented("wnm --get_node --node_channel stable --node_version_hold 48");
  expect(await typed(young)).toContain("node_version_hold is 48 h");
  expect(existsSync(program)).toBe(false);
  expect(await typed(documented("wnm --get_node"))).toBe(`ant-node 0.23.2 is at ${program}\n`);
  expect(await typed(documented("wnm --get_node 0.23.1"))).toContain(`ant-node 0.23.1 is at ${program}\n`);
  for (const name of [ASSET, `${ASSET}.sig`])
    copyFileSync(
      join(releases["0.23.2"] ?? "", name),
      join(wnm.home, name.replace(ASSET, "ant-node-cli-linux-x64.tar.gz")),
    );
  const file = documented("wnm --get_node --node_archive ant-node-cli-linux-x64.tar.gz");
  expect(await typed(file)).toContain(`ant-node 0.23.2 is at ${program}\n`);
  const daily = documented("17 4 * * * $HOME/.local/bin/wnm --get_node latest >> $HOME/wnm.log 2>&1");
  expect((await cron(daily)).code).toBe(0);
  expect(readFileSync(join(wnm.home, "wnm.log"), "utf8")).toContain("0.23.2 is already at");
  const minute = documented(
    "* * * * * $HOME/.local/bin/wnm --get_node latest --enable_upgrade >> $HOME/wnm.log 2>&1",
  );
  // There is no colony yet.
  expect((await cron(minute)).code).toBe(4);
  for (const version of ["0.23.1", "0.23.2"]) delete releases[version];
});

test("the doctor looks for a newer node program only when asked, and its cure installs it", async () => {
  await release("0.23.1");
  await using wnm = await aColony();
  const doctor = async (...more: readonly string[]) =>
    JSON.parse((await wnm.run(["--report=doctor", "--json", ...more])).stdout);
  const newer = async (): Promise<readonly { key: string; sentence: string; cure: string }[]> =>
    (await doctor("--check_releases")).findings.filter(({ key }: { key: string }) =>
      key.startsWith("newer-"),
    );
  expect(await newer()).toEqual([]);
  await release("0.24.0");
  server.asked.length = 0;
  await doctor();
  expect(server.asked).toEqual([]);
  expect(await newer()).toMatchObject([
    {
      ...{ key: "newer-node-program", cure: "wnm --get_node" },
      sentence: "ant-node 0.24.0 is available, and new nodes get 0.23.1",
    },
  ]);
  // No archive is downloaded for that.
  expect(archivesAsked()).toBe(0);
  await wnm.ok(["--get_node"]);
  expect(await newer()).toEqual([]);
  // A server that never answers does not delay any other request.
  using silent = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Promise<Response>(() => {}) });
  await wnm.ok([`--node_mirror=${silent.url.href.replace(/\/$/, "")}`, "--force_action=nullop"]);
  const { good, unknown } = await doctor("--check_releases");
  expect(unknown).toContainEqual(expect.stringContaining("the latest node program: no answer within"));
  expect(good.length).toBeGreaterThan(2);
});

test("with --enable_upgrade a new release goes to one node first, and is looked for once a day", async () => {
  await release("0.23.1");
  await using wnm = await aColony("--delay_upgrade=3600");
  await wnm.ok(["--force_action", "add", "--count", "2"]);
  await surveyedUntil(wnm, "both nodes to run", () =>
    wnm.nodes().every(({ status }) => status === "RUNNING"),
  );
  await release("0.24.0");
  const first = await wnm.ok(EVERY_MINUTE);
  expect(first.stderr).toContain("ant-node 0.24.0 is at");
  expect(versions(wnm)).toEqual(["0.24.0", "0.23.1"]);
  const asked = archivesAsked();
  await wnm.ok(EVERY_MINUTE);
  // The first one is still on probation.
  expect(versions(wnm)).toEqual(["0.24.0", "0.23.1"]);
  await wnm.ok(["--force_action", "update_config", "--delay_upgrade=0"]);
  await until(async () => {
    await wnm.run(EVERY_MINUTE);
    return versions(wnm).every((version) => version === "0.24.0");
  }, "the other node to follow");
  expect(archivesAsked()).toBe(asked);
});

test("a release that failed on a node is not installed again", async () => {
  await release("0.23.1");
  await using wnm = await aColony();
  await release("0.24.0");
  wnm.sql("INSERT INTO bad_version (version, because, since) VALUES ('0.24.0', 'it ended at once', 1)");
  expect((await wnm.ok(["--get_node"])).stdout).toContain(
    "is not taken: it failed on a node: it ended at once",
  );
  expect(archivesAsked()).toBe(1);
});

test("a release that could not read the nodes' chunks is not installed before a version in between", async () => {
  await release("0.18.1");
  await using wnm = await aColony("--node_cap=1");
  await wnm.ok(["--force_action", "add"]);
  writeFaults(join(wnm.base, "node/antnode0001"), { records: 5 });
  await surveyedUntil(wnm, "the node's chunks", () => wnm.nodes()[0]?.records === 5);
  await release("0.23.1");
  const refused = await wnm.ok(["--get_node"]);
  expect(refused.stdout).toContain("0.19.0 to 0.22.x must come between");
  expect(archivesAsked()).toBe(1);
  const taken = await wnm.ok(["--get_node", "--confirm"]);
  expect(taken.stdout).toContain("ant-node 0.23.1 is at");
  expect(taken.stderr).toContain("0.19.0 to 0.22.x must come between");
});

test("a failed lookup is reported, prevents no run, and is not repeated every minute", async () => {
  await release("0.23.1");
  await using wnm = await aColony();
  await wnm.ok(["--force_action", "update_config", "--node_mirror=http://127.0.0.1:9/releases"]);
  const failed = await wnm.run(EVERY_MINUTE);
  expect([failed.code, failed.stderr]).toEqual([3, expect.stringContaining("No node program was fetched: ")]);
  expect(failed.stderr).toContain("Action:");
  const next = await wnm.ok(EVERY_MINUTE);
  expect(next.stderr).not.toContain("fetched");
});

test("a failed lookup is a finding, with either line of cron, until a fetch succeeds", async () => {
  await release("0.23.1");
  await using wnm = await aColony();
  const health = async () => (await wnm.run(["--report", "health"])).stdout;
  const sentence = /The daily check for a new node program failed, and nodes keep .*127\.0\.0\.1:9/;
  await wnm.ok(["--force_action", "update_config", "--node_mirror=http://127.0.0.1:9/releases"]);
  expect(await health()).not.toMatch(sentence);
  expect((await wnm.run(["--get_node", "latest"])).code).not.toBe(0);
  expect(await health()).toMatch(sentence);
  await wnm.ok([]);
  expect(await health()).toMatch(sentence);
  await wnm.ok(["--get_node", "latest", `--node_mirror=${server.url}`]);
  expect(await health()).not.toMatch(sentence);

  await wnm.ok(["--force_action", "update_config", "--node_mirror=http://127.0.0.1:9/releases"]);
  expect((await wnm.run(EVERY_MINUTE)).code).toBe(3);
  expect(await health()).toMatch(sentence);
  await wnm.ok(EVERY_MINUTE);
  expect(await health()).toMatch(sentence);
});
