import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lmdbEntries } from "../fixtures/ant-node-files.ts";
import { buildAntNode } from "../fixtures/build-antnode.ts";
import { ASSET, entriesOf, makeRelease, wnmWithTestKey } from "../get-node/releases.ts";
import { until } from "../support/until.ts";
import { aHome, type Wnm } from "../support/wnm.ts";
import { type Controller, controller, recap, type Said } from "./controller.ts";

setDefaultTimeout(600_000);

let control: Controller;
let wnm: Wnm;
let program: string;
let archive: string;

/** Runs the play `nodes` for 0.23.1, while wnm does one run after another as cron would. */
async function change(...options: readonly string[]): Promise<Said> {
  const ended = control.play(
    "nodes",
    "-e",
    JSON.stringify({ wnm_node_version: "0.23.1", wnm_node_archive: archive, wnm_node_options: options }),
  );
  let over = false;
  void ended.finally(() => {
    over = true;
  });
  while (!over) {
    await wnm.run([]);
    // Runs leave the lock free for other calls, as cron's runs do.
    await Bun.sleep(500);
  }
  return ended;
}

beforeAll(async () => {
  control = await controller();
  wnm = await aHome("wnm-ansible-nodes-", await wnmWithTestKey());
  program = join(wnm.home, ".local/bin/ant-node");
  await buildAntNode(program, "0.18.1");
  const newer = readFileSync(await buildAntNode(join(control.folder, "newer/ant-node"), "0.23.1"));
  archive = join(makeRelease(control.folder, entriesOf(newer)), ASSET);
  await wnm.init(`--antnode_path=${program}`, "--node_cap=1");
  await until(async () => {
    await wnm.run([]);
    return wnm.nodes().some(({ status }) => status === "RUNNING");
  }, "a node to run");
  const root = String(wnm.nodes()[0]?.root_dir);
  await Bun.write(join(root, "fake.json"), JSON.stringify({ records: 7 }));
  await until(() => lmdbEntries(join(root, "chunks.mdb")) > 0, "chunks in its database");
  const a = {
    ansible_connection: "local",
    ansible_python_interpreter: "/usr/bin/python3",
    ...{ wnm_home: wnm.home, wnm_base: wnm.base, wnm_program: wnm.binary, wnm_program_path: program },
    wnm_user: Bun.spawnSync(["id", "-un"]).stdout.toString().trim(),
    ...{ wnm_become: false, wnm_worst_health: 3, wnm_soak_minutes: 0 },
    ...{ wnm_retries: 600, wnm_retry_delay: 1 },
    wnm_first_node_minutes: 600,
  };
  await Bun.write(join(control.folder, "hosts.yml"), JSON.stringify({ all: { hosts: { a } } }));
}, 600_000);

afterAll(async () => {
  await wnm?.[Symbol.asyncDispose]();
  control?.[Symbol.dispose]();
});

test("a program that wnm does not take ends the change, and the reason is reported", async () => {
  const { code, said } = await change();
  expect([code, recap(said, "a", "failed")]).toEqual([2, 1]);
  expect(said).toContain("is not taken: antnode0001 cannot become 0.23.1 yet");
  expect(Bun.spawnSync([program, "--version"]).stdout.toString()).toContain("0.18.1");
});

test("a program that the nodes cannot take ends the change long before its timeout, with wnm's explanation", async () => {
  const { code, said } = await change("--confirm");
  expect([code, recap(said, "a", "failed")]).toEqual([2, 1]);
  expect(said).toMatch(/TASK \[End with what wnm says of it\][\s\S]*antnode0001 cannot become 0.23.1 yet/);
});
