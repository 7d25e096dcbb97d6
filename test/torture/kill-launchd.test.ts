/** wnm as on a Mac, killed at its calls of a strict stand-in launchctl: database, processes, jobs and folders agree. */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWnm, DEVELOPMENT } from "../../scripts/build.ts";
import { pathsFor } from "../../src/os/paths.ts";
import { listProcesses } from "../../src/os/processes/identity.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { portBlocks, releasePorts } from "../support/ports.ts";
import { randomFrom, SEED, seedOf } from "../support/seed.ts";
import { ROOMY } from "../support/wnm.ts";
import { livingIn, nodesIn, type Outside, rowsOf } from "./agreement.ts";
import { BROKEN, deadlyOrders, LONG, shortOrLong } from "./kill-effort.ts";
import { type Colony, scenesFor, torment } from "./kill-points.ts";
import { takingOver } from "./kill-takeover.ts";

setDefaultTimeout(LONG ? 7_200_000 : 1_200_000);

const uid = process.getuid?.() ?? 0;
const STAND_IN = join(import.meta.dir, "../fixtures/launchctl.ts");
const home = mkdtempSync(join(tmpdir(), "wnm-kill-launchd-"));
const paths = pathsFor("user", "darwin", home);
const storages = [paths.node_storage, join(paths.base, "second")] as const;
const agents = join(home, "Library/LaunchAgents");
const state = join(home, "launchd");
const ports = await portBlocks();

afterAll(() => {
  for (const { pid, argv } of listProcesses() ?? [])
    if (pid !== process.pid && argv.some((word) => word.startsWith(`${home}/`))) process.kill(pid, "SIGKILL");
  releasePorts(ports);
  rmSync(home, { recursive: true, force: true });
});

/** "antnode0001" for a job or plist with number 1. */
const labelIn = (name: string): string =>
  `antnode${(/antnode-(\d+)/.exec(name)?.[1] ?? "").padStart(4, "0")}`;

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

function outside(): Outside {
  const plists = existsSync(agents) ? readdirSync(agents) : [];
  const kept = existsSync(state) ? readdirSync(state) : [];
  const jobs = kept
    .filter((name) => name.endsWith(".json"))
    .filter((name) => lives(JSON.parse(readFileSync(join(state, name), "utf8")).supervisor));
  // Agents are loaded into the desktop session; a disable mark in the background session does not prevent that.
  const marks = kept.filter((name) => name.startsWith("gui-") && name.endsWith(".disabled"));
  const disabled = new Set(marks.map(labelIn));
  const defined = plists.filter((name) => name.endsWith(".plist")).map(labelIn);
  return {
    of_each: {
      "data folders": storages.flatMap(nodesIn),
      "log folders": nodesIn(paths.logs),
      plists: defined,
    },
    of_running: { processes: storages.flatMap(livingIn), jobs: jobs.map(labelIn) },
    of_wanted: { "jobs that login loads": defined.filter((label) => !disabled.has(label)) },
    between_tries: jobs
      .filter((name) => JSON.parse(readFileSync(join(state, name), "utf8")).pid === undefined)
      .map(labelIn),
    left_behind: plists.filter((name) => !name.endsWith(".plist")),
  };
}

/** The colony's home with wnm, its programs, and launchctl behind the wrapper that kills it. */
async function aMac(): Promise<Colony> {
  const wnm = join(home, "wnm");
  await buildWnm(wnm, DEVELOPMENT, "test/fixtures/mac-wnm.ts");
  for (const folder of ["bin", "real", "broken", "wnm-kill"]) mkdirSync(join(home, folder));
  mkdirSync(agents, { recursive: true });
  const program = await buildAntnode(join(home, "antnode"));
  const newer = await buildAntnode(join(home, "newer/antnode"), "0.4.18");
  const broken = join(home, "broken/antnode");
  writeFileSync(broken, BROKEN(newer), { mode: 0o755 });
  const variables = `LAUNCHD_FAKE_STATE='${state}' LAUNCHD_FAKE_DOMAINS='gui/${uid} user/${uid}'`;
  const call = `export ${variables}\nexec '${process.execPath}' '${STAND_IN}' "$@"\n`;
  writeFileSync(join(home, "real/launchctl"), `#!/bin/sh\n${call}`, { mode: 0o755 });
  copyFileSync(join(import.meta.dir, "../machine/deadly.sh"), join(home, "bin/launchctl"));
  chmodSync(join(home, "bin/launchctl"), 0o755);
  return {
    command: [wnm],
    env: { HOME: home },
    scratch: join(home, "wnm-kill"),
    program,
    newer,
    broken,
    rows() {
      using db = new Database(paths.database, { readonly: true });
      return rowsOf(db.query<Record<string, unknown>, []>("SELECT * FROM node ORDER BY id").all());
    },
    sql(statement) {
      using db = new Database(paths.database, { readwrite: true, create: false });
      db.run("PRAGMA busy_timeout = 10000");
      db.run(statement);
    },
    outside: async () => outside(),
    storages,
    children: deadlyOrders(join(home, "wnm-kill")),
  };
}

test("launchd+user, killed at its points in every kind of action: one more run makes everything agree", async () => {
  const seed = seedOf("launchd+user");
  const effort = { ...shortOrLong(seed), random: randomFrom(seed) };
  const colony = await aMac();
  const blocks = Object.entries(ports).map(([name, block]) => `--${name}=${block}`);
  const program = `--antnode_path=${colony.program}`;
  const given = ["--rewards_address=donate", "--no_upnp", "--process_manager=launchd+user", "--node_cap=2"];
  const takeover = takingOver(colony, {
    init: ["--init", ...given, program, ...blocks, ...ROOMY],
    forget: () => {
      for (const name of readdirSync(paths.base))
        if (name.startsWith("colony.db")) rmSync(join(paths.base, name));
    },
    clear: () => rmSync(paths.base, { recursive: true, force: true }),
  });
  const figures = [await takeover.init(effort)];
  for (const scene of scenesFor(colony))
    if (effort.scenes.includes(scene.name)) figures.push(await torment(colony, scene, effort));
  figures.push(await takeover.import(effort));
  for (const { damage, ...rest } of figures)
    process.stderr.write(
      `torture: launchd+user ${JSON.stringify({ seed: SEED, ...rest })}: ${damage.length} left damage\n`,
    );
  expect(figures.flatMap(({ damage }) => damage)).toEqual([]);
});
