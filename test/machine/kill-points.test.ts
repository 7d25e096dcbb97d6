/**
 * Kills wnm and its children at their points in every kind of action on real systemd, ufw and Docker: after one more
 * run, everything that can be observed agrees. The short form tries some points, the long one (WNM_TORTURE=long) all.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { type EngineMachine, engineMachine } from "../support/engine.ts";
import { SEED, seedOf } from "../support/seed.ts";
import { compiledWnm } from "../support/wnm.ts";
import { BROKEN, LONG, shortOrLong } from "../torture/kill-effort.ts";
import { type Machine, machine } from "./machine.ts";

const BUILD_MS = 600_000;
const SUITE_MS = LONG ? 6 * 3_600_000 : 560_000;

setDefaultTimeout(SUITE_MS + 10_000);

const CHECKOUT = join(import.meta.dirname, "..", "..");
const BINDS = [
  { host: CHECKOUT, inside: "/srv/checkout", readOnly: true },
  { host: process.execPath, inside: "/usr/local/bin/bun", readOnly: true },
];
const DEADLY = join(import.meta.dirname, "deadly.sh");
/** Has the name of the real program, because wnm looks for running antctls by name. */
const ANTCTL = `#!/bin/bash
export ANTCTL_FAKE='{"wait_ms":200}'
exec -a antctl /usr/local/bin/bun /srv/checkout/test/fixtures/antctl.ts "$@"
`;

/** Puts wnm and the nodes' programs inside, and in front of these programs the wrapper that kills them. */
async function furnish(m: Machine, deadly: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wnm-kill-points-"));
  try {
    const program = await buildAntnode(join(folder, "antnode"));
    const newer = await buildAntnode(join(folder, "newer/antnode"), "0.4.18");
    await m.push(await compiledWnm(), "/usr/local/bin/wnm", 0o755);
    for (const home of ["/root", "/home/ant"]) await m.push(program, `${home}/.local/bin/antnode`, 0o755);
    await m.push(newer, "/opt/newer/antnode", 0o755);
    await m.writeFile("/opt/broken/antnode", BROKEN("/opt/newer/antnode"), 0o755);
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const path of deadly) await m.push(DEADLY, path, 0o755);
  await m.exec(["chown", "-R", "ant:", "/home/ant"]);
  await m.exec(["mkdir", "-m", "0777", "/run/wnm-kill"]);
}

/** What the driver inside prints for a scene. */
type Line = { readonly scene: string; readonly killed: number; readonly damage: readonly string[] };

/** Kills wnm at points of a colony of this manager inside, and returns what was tried. */
async function torment(m: Machine, manager: string, user?: string): Promise<void> {
  await m.exec(["bash", "-c", "/usr/bin/rm -f /run/wnm-kill/*"]);
  const seed = seedOf(manager);
  const { scenes, points = "all", children = "all" } = shortOrLong(seed);
  const driver = "/srv/checkout/test/machine/kill-points-inside.ts";
  const chosen = LONG ? [] : ["init", ...scenes, "import"];
  const argv = [
    "/usr/local/bin/bun",
    driver,
    manager,
    String(seed),
    String(points),
    String(children),
    ...chosen,
  ];
  const { code, stdout, stderr } = await m.exec(argv, {
    ...(user === undefined ? {} : { user }),
    timeout_ms: SUITE_MS,
  });
  expect(code, `${stdout}${stderr}`).toBe(0);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line): Line => JSON.parse(line));
  for (const { damage, ...tried } of lines)
    process.stderr.write(
      `torture: ${JSON.stringify({ seed: SEED, ...tried })}: ${damage.length} left damage\n`,
    );
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.every(({ killed }) => killed > 0)).toBe(true);
  expect(lines.flatMap(({ damage }) => damage)).toEqual([]);
}

describe("wnm killed at its points, then run once more", () => {
  let m: Machine;
  beforeAll(async () => {
    m = await machine("kill-points", { binds: BINDS });
    await m.writeFile("/opt/real/antctl", ANTCTL, 0o755);
    await m.exec(["loginctl", "enable-linger", "ant"]);
    await m.exec(["ufw", "--force", "enable"]);
    const programs = ["systemctl", "install", "mv", "rm", "ufw"].map((name) => `/usr/local/sbin/${name}`);
    await furnish(m, [...programs, "/opt/bin/antctl"]);
  }, BUILD_MS);
  afterAll(() => m?.stop());

  test("systemd+sudo: database, processes, units, links, ufw and folders agree", () =>
    torment(m, "systemd+sudo"));
  test("systemd+user: database, processes, units, links and folders agree", () =>
    torment(m, "systemd+user", "ant"));
  test("antctl+user: database, processes, services, registry and folders agree", async () => {
    // The import would find nodes of the previous manager; antctl's own calls of systemctl are not wnm's.
    const wnm = ["env", "-i", "HOME=/home/ant", "/usr/local/bin/wnm"];
    const gone = await m.exec([...wnm, "--force_action=teardown", "--confirm"], {
      user: "ant",
      timeout_ms: 240_000,
    });
    expect(gone.code, gone.stderr).toBe(0);
    await m.exec(["/usr/bin/rm", "-rf", "/home/ant/.local/share/autonomi", "/usr/local/sbin/systemctl"]);
    await torment(m, "antctl+user", "ant");
  });
});

describe("wnm killed at its points with a real Docker engine, then run once more", () => {
  let engine: EngineMachine;
  beforeAll(async () => {
    engine = await engineMachine("kill-docker", undefined, BINDS);
    await engine.machine.exec(["usermod", "-aG", "docker", "ant"]);
    await furnish(engine.machine, ["/usr/local/sbin/docker"]);
  }, BUILD_MS);
  afterAll(() => engine?.[Symbol.asyncDispose]());

  test("docker+user: database, processes, containers and folders agree", () =>
    torment(engine.machine, "docker+user", "ant"));
  test("s6overlay+user: database, processes, definitions and folders agree", async () => {
    const wnm = ["env", "-i", "HOME=/home/ant", "/usr/local/bin/wnm"];
    const gone = await engine.machine.exec([...wnm, "--force_action=teardown", "--confirm"], {
      user: "ant",
      timeout_ms: 240_000,
    });
    expect(gone.code, gone.stderr).toBe(0);
    await engine.machine.exec(["rm", "-rf", "/home/ant/.local/share/autonomi"]);
    await torment(engine.machine, "s6overlay+user", "ant");
  });
});
