import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { listProcesses, livingProcess } from "../../src/os/processes/identity.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { type PortBlocks, portBlocks, releasePorts } from "./ports.ts";
import { until } from "./until.ts";

const ROOT = join(import.meta.dir, "../..");

/** How one call of the compiled binary ended. */
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Variables of a call in addition to HOME; there are no others. */
export type Variables = Readonly<Record<string, string>>;

/** The compiled wnm with its own home folder. Disposing it ends every process that lives below that folder. */
export type Wnm = AsyncDisposable & {
  readonly binary: string;
  readonly home: string;
  /** Base folder of the colony. */
  readonly base: string;
  readonly database: string;
  /** Runs wnm as `env -i HOME=… VARIABLES wnm ARGS` does. */
  run(args: readonly string[], variables?: Variables): Promise<Ended>;
  /** Like run; throws unless the exit code is 0. */
  ok(args: readonly string[], variables?: Variables): Promise<Ended>;
  /** A call that keeps running while the test does something else. */
  start(args: readonly string[], variables?: Variables): Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Creates a colony of setsid nodes with a stand-in antnode, on free ports, with thresholds for a busy machine. */
  init(...args: readonly string[]): Promise<Ended>;
  /** The stored row of settings. */
  machine(): Readonly<Record<string, unknown>>;
  /** The stored rows of nodes, by number. */
  nodes(): readonly Readonly<Record<string, unknown>>[];
  /** Kills the recorded processes of these nodes all at once, and waits until none is left. */
  kill(...ids: readonly number[]): Promise<void>;
  /** Changes the database behind wnm's back. */
  sql(statement: string, ...values: readonly (string | number | Uint8Array | null)[]): void;
};

/** Settings with which a busy machine counts as idle, and nothing waits: one run decides. */
export const ROOMY: readonly string[] = [
  ...["--cpu_less_than=101", "--cpu_remove=102", "--mem_less_than=99", "--mem_remove=100"],
  ...["--hd_less_than=99", "--hd_remove=100", "--crisis_bytes=0"],
  ...["--desired_load_average=90000", "--max_load_average_allowed=99999"],
  "--reaction=immediate",
  ...["--delay_start=0", "--delay_restart=0", "--delay_upgrade=0", "--delay_remove=0"],
];

/** A new home folder without a colony; `program` is a wnm from another build. */
export async function aHome(prefix = "wnm-cli-", program?: string): Promise<Wnm> {
  const binary = program ?? (await compiledWnm());
  const home = mkdtempSync(join(tmpdir(), prefix));
  const base = join(home, ".local/share/autonomi");
  const database = join(base, "colony.db");
  const blocks: PortBlocks[] = [];
  const start: Wnm["start"] = (args, variables = {}) =>
    Bun.spawn([binary, ...args], {
      cwd: home,
      env: { HOME: home, ...variables },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  const run: Wnm["run"] = async (args, variables) => {
    const child = start(args, variables);
    const [stdout, stderr, code] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    return { code, stdout, stderr };
  };
  const ok: Wnm["ok"] = async (args, variables) => {
    const ended = await run(args, variables);
    if (ended.code !== 0)
      throw new Error(`wnm ${args.join(" ")}: ${ended.code}: ${ended.stdout}${ended.stderr}`);
    return ended;
  };
  const query = (sql: string) => {
    using db = new Database(database, { readonly: true });
    return db.query<Record<string, unknown>, []>(sql).all();
  };
  return {
    binary,
    home,
    base,
    database,
    start,
    run,
    ok,
    async init(...args) {
      const program = join(home, ".local/bin/antnode");
      if (!existsSync(program)) await buildAntnode(program);
      const claimed = await portBlocks();
      blocks.push(claimed);
      const ports = Object.entries(claimed).map(([name, block]) => `--${name}=${block}`);
      const given = [
        "--init",
        "--rewards_address=donate",
        "--process_manager=setsid+user",
        "--no_upnp",
        "--log_format=python",
      ];
      return ok([...given, ...ports, ...ROOMY, ...args]);
    },
    machine: () => query("SELECT * FROM machine")[0] ?? {},
    nodes: () => query("SELECT * FROM node ORDER BY id"),
    async kill(...ids) {
      const rows = query("SELECT * FROM node").filter(({ id }) => ids.includes(Number(id)));
      const pids = rows.map(({ pid }) => Number(pid)).filter((pid) => pid > 1);
      if (pids.length !== ids.length) throw new Error(`not every one of the nodes ${ids} has a process`);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      await until(() => pids.every((pid) => livingProcess(pid) === undefined), "killed nodes to be gone");
    },
    sql(statement, ...values) {
      using db = new Database(database, { readwrite: true, create: false });
      db.run("PRAGMA busy_timeout = 10000");
      db.query(statement).run(...values);
    },
    async [Symbol.asyncDispose]() {
      endProcessesBelow(home);
      for (const claimed of blocks) releasePorts(claimed);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A home folder with a colony in it. */
export async function aColony(...args: readonly string[]): Promise<Wnm> {
  const wnm = await aHome();
  try {
    await wnm.init(...args);
    return wnm;
  } catch (error) {
    await wnm[Symbol.asyncDispose]();
    throw error;
  }
}

/** Nodes outlive the call that started them; what runs below the test's own folder belongs to the test. */
function endProcessesBelow(home: string): void {
  for (const { pid, argv } of listProcesses() ?? []) {
    if (pid === process.pid || !argv.some((word) => word.startsWith(`${home}/`))) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has already ended.
    }
  }
}

let built: Promise<string> | undefined;

/** Path of the compiled binary, compiled once per state of the sources and kept in a folder of this account. */
export function compiledWnm(): Promise<string> {
  built ??= compile();
  return built;
}

const OLD_MS = 6 * 3_600_000;

/** Deletes programs from sources that no test has compiled for hours: each takes 100 MB. */
function forgetOld(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}

async function compile(): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256").update(Bun.version);
  const sources = [...new Bun.Glob("src/**/*").scanSync({ cwd: ROOT }), "package.json", "scripts/build.ts"];
  for (const source of sources.toSorted()) {
    hasher.update(`\n${source}\n`).update(await Bun.file(join(ROOT, source)).bytes());
  }
  const cache = join(tmpdir(), `wnm-compiled-${process.getuid?.() ?? 0}`);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  // Only the owner may put a program there that tests later run.
  if (statSync(cache).uid !== process.getuid?.()) throw new Error(`${cache} belongs to somebody else`);
  const program = join(cache, hasher.digest("hex").slice(0, 16), "wnm");
  if (existsSync(program)) return program;
  forgetOld(cache);
  const building = mkdtempSync(join(cache, "building-"));
  const builder = Bun.spawn([process.execPath, "scripts/build.ts", "--outfile", join(building, "wnm")], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    builder.stdout.text(),
    builder.stderr.text(),
    builder.exited,
  ]);
  if (code !== 0) throw new Error(`wnm does not compile: ${stdout}${stderr}`);
  try {
    renameSync(building, dirname(program));
  } catch (error) {
    // Another process was faster; its result is identical.
    rmSync(building, { recursive: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}
