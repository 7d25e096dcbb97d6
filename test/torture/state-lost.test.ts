import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderState } from "../support/folder-state.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, livingNodes } from "./agreement.ts";

setDefaultTimeout(60_000);

async function colonyOfTwo(): Promise<Wnm> {
  const wnm = await aColony("--node_cap=2");
  await wnm.ok(["--force_action", "add", "--count=2"]);
  return wnm;
}
const CALLS = [
  [],
  ["--dry_run"],
  ["--report", "node-status"],
  ["--force_action", "add"],
  ["--force_action", "remove"],
  ["--node_cap=5"],
];
/** What nodes write themselves goes on; the lock file comes and goes. */
const NODES_OWN = /^(node\/|logs\/|bootstrap-cache|wnm_active|node$|logs$)/;

const LOSSES: Readonly<Record<string, { lose: (wnm: Wnm) => void; code: number; message: RegExp }>> = {
  deleted: { lose: (wnm) => rmSync(wnm.database), code: 4, message: /yet there are nodes.*--init --import/s },
  "of no length": {
    lose: (wnm) => truncateSync(wnm.database, 0),
    code: 1,
    message: /is not a database of wnm/,
  },
  truncated: { lose: (wnm) => truncateSync(wnm.database, 5000), code: 1, message: /cannot be used|damaged/ },
  zeroed: {
    lose: (wnm) => writeFileSync(wnm.database, Buffer.alloc(40_000)),
    code: 1,
    message: /not a database/,
  },
  garbage: {
    lose: (wnm) => writeFileSync(wnm.database, "hello ".repeat(9000)),
    code: 1,
    message: /not a database/,
  },
  "from the future": { lose: (wnm) => wnm.sql("PRAGMA user_version = 99"), code: 1, message: /newer wnm/ },
};

for (const [name, { lose, code, message }] of Object.entries(LOSSES)) {
  test(`a database ${name}: nothing is changed, and every call says what to do`, async () => {
    await using wnm = await colonyOfTwo();
    lose(wnm);
    const before = folderState(wnm.base, NODES_OWN);
    for (const call of CALLS) {
      const ended = await wnm.run(call);
      expect({ call, code: ended.code }).toEqual({ call, code });
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr).not.toContain("    at ");
    }
    expect(folderState(wnm.base, NODES_OWN)).toEqual(before);
    expect(livingNodes(wnm)).toHaveLength(2);
  });
}

test("a database of another machine: the storage is not its own, nothing is touched", async () => {
  await using wnm = await colonyOfTwo();
  wnm.sql("UPDATE storage SET id = 'of another machine'");
  const { code, stderr } = await wnm.run([]);
  expect(code).toBe(5);
  expect(stderr).toContain("belongs to another colony");
  expect(livingNodes(wnm)).toHaveLength(2);
});

test("Python wnm's lock file: honoured while its process lives, passed over when it crashed", async () => {
  await using wnm = await aColony("--node_cap=1");
  writeFileSync(join(wnm.base, "wnm_active"), "1795417508");
  const program = join(wnm.home, "wnm");
  writeFileSync(program, "import time\nprint('up', flush=True)\ntime.sleep(60)\n");
  const python = Bun.spawn(["python3", program], { stdout: "pipe" });
  await python.stdout.getReader().read();
  const held = await wnm.run([]);
  expect(held.code).toBe(75);
  expect(held.stderr).toContain(`Python wnm works here as process ${python.pid}`);
  python.kill("SIGKILL");
  await python.exited;
  ageSample(wnm);
  expect((await wnm.run([])).code).toBe(0);
  expect(wnm.nodes()).toHaveLength(1);
});
