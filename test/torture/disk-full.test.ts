import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

setDefaultTimeout(300_000);

/** Disks used only by a colony: how they are created, and what "full" means on them. */
const DISKS: Readonly<
  Record<string, { mount: (base: string, image: string) => Promise<unknown>; fill: string }>
> = {
  // Blocks of 1 KiB, as on small disks: a page of memory has four of them.
  "ext4 of 1 KiB blocks": {
    mount: (base, image) =>
      $`truncate -s 480M ${image} && mke2fs -q -F -m 0 -b 1024 -t ext4 ${image} && mount -o loop ${image} ${base}`.quiet(),
    fill: 'while :; do cat /dev/zero; done >>"$0/zeros"',
  },
  "a disk in memory": {
    mount: (base) => $`mount -t tmpfs -o size=450m,mode=700 tmpfs ${base}`.quiet(),
    fill: 'while :; do cat /dev/zero; done >>"$0/zeros"',
  },
  "a disk without inodes": {
    mount: (base) => $`mount -t tmpfs -o size=450m,nr_inodes=80,mode=700 tmpfs ${base}`.quiet(),
    fill: 'i=0; while :; do i=$((i+1)); : >"$0/$i"; done',
  },
};

const NODES = 3;

/** A colony whose base folder is on its own disk. */
async function onDisk(
  disk: keyof typeof DISKS,
  work: (wnm: Wnm, image: string) => Promise<void>,
): Promise<void> {
  const images = mkdtempSync(join(tmpdir(), "wnm-image-"));
  await using wnm = await aColony(`--node_cap=${NODES}`);
  const { base } = wnm;
  const image = join(images, "disk");
  await $`mv ${base} ${base}.away && mkdir ${base}`.quiet();
  await DISKS[disk]?.mount(base, image);
  await $`cp -a ${base}.away/. ${base} && rm -rf ${base}.away`.quiet();
  try {
    await work(wnm, image);
  } finally {
    await wnm.run(["--force_action", "remove", "--count=9", "--confirm"]);
    await $`umount -l ${base}`.quiet();
    rmSync(images, { recursive: true });
  }
}

const isFull = (base: string): boolean => {
  const { bavail, bsize, ffree, files } = statfsSync(base);
  return bavail * bsize < 400_000 || (files > 0 && ffree === 0);
};

/** Writes to the disk, as nodes do, until it is disposed of: any space that is freed is used up at once. */
function aWriter(base: string, fill: string): AsyncDisposable {
  const writer = Bun.spawn(["sh", "-c", fill, `${base}/node/antnode0001`], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  return {
    async [Symbol.asyncDispose]() {
      await $`pkill -KILL -P ${writer.pid}`.quiet().nothrow();
      writer.kill("SIGKILL");
      await writer.exited;
    },
  };
}

const pythonReads = (database: string) =>
  Bun.spawnSync([
    "python3",
    "-c",
    "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('pragma integrity_check').fetchone()[0])",
    database,
  ])
    .stdout.toString()
    .trim();

test.each(Object.entries(DISKS))(
  "a full disk (%s) is survived while a writer takes whatever is freed",
  async (disk, { fill }) => {
    await onDisk(disk, async (wnm) => {
      const { base } = wnm;
      await wnm.ok(["--force_action", "add", "--count=3"]);
      ageSample(wnm);
      await wnm.run([]);
      expect(readdirSync(base)).toEqual(
        expect.arrayContaining([".wnm-ballast", ".wnm-lock", ".wnm_active", "colony.db-wal"]),
      );
      await using writer = aWriter(base, fill);
      for (let tries = 0; !isFull(base) && tries < 2400; tries++) await Bun.sleep(50);
      expect(isFull(base)).toBe(true);
      const calls = [
        [],
        ["--force_action", "stop", "--service_name=2"],
        ["--report", "node-status"],
        ["--force_action", "survey"],
        ["--node_cap=3", "--force_action", "update_config"],
      ];
      for (let round = 0; round < 20; round++) {
        const call = calls[round % calls.length] ?? [];
        const { code, stderr } = await wnm.run(call);
        // A signal would appear as 128 or more.
        expect({ call, code, stderr }).toEqual({
          call,
          code: 0,
          stderr: expect.not.stringContaining("This is a bug"),
        });
      }
      const report = ["--report", "node-status", "--json", "--service_name=2"];
      expect(JSON.parse((await wnm.ok(report)).stdout)).toMatchObject({ status: "STOPPED" });
      const { stdout } = await wnm.ok(["--force_action", "remove", "--service_name=3", "--json"]);
      expect(JSON.parse(stdout)).toMatchObject({
        removed_nodes: ["antnode0003"],
        findings: [{ key: "colony-disk-full" }],
      });
      expect(existsSync(join(base, "node/antnode0003"))).toBe(false);
      // Python creates its own files next to the database, so there has to be room for them.
      await writer[Symbol.asyncDispose]();
      await $`find ${base}/node/antnode0001 -name zeros -delete`.quiet();
      await $`find ${base}/node/antnode0001 -name "[0-9]*" -delete`.quiet();
      expect(pythonReads(wnm.database)).toBe("ok");
    });
  },
);

test("a full disk loses nodes by hd_remove, and there is room again", async () => {
  await onDisk("ext4 of 1 KiB blocks", async (wnm) => {
    const { base } = wnm;
    await wnm.ok(["--force_action", "add", "--count=2"]);
    await wnm.ok(["--force_action", "update_config", "--node_cap=2", "--hd_less_than=80", "--hd_remove=97"]);
    ageSample(wnm);
    await wnm.run([]);
    await $`head -c 20000000 /dev/zero >${base}/node/antnode0002/data`.quiet();
    await $`cat /dev/zero >${base}/somebody-elses-file`.quiet().nothrow();
    expect(isFull(base)).toBe(true);
    const shed = await wnm.ok([]);
    expect(shed.stderr).toContain("is full (");
    expect(shed.stderr).toMatch(/antnode0002: hd [\d.]+ % > hd_remove 97 %/);
    expect((await wnm.ok([])).stderr).toContain("remove antnode0002");
    expect(disagreements(wnm)).toEqual([]);
    expect(wnm.nodes()).toHaveLength(1);
    expect(isFull(base)).toBe(false);
  });
});

test("space that another program took from the log is taken from the ballast", async () => {
  await onDisk("a disk in memory", async (wnm) => {
    const { base, database } = wnm;
    await wnm.ok(["--force_action", "add", "--count=2"]);
    // The last program to close the database deletes its log.
    wnm.sql("UPDATE machine SET node_cap = 4");
    expect(existsSync(`${database}-wal`)).toBe(false);
    await using _writer = aWriter(base, 'cat /dev/zero >>"$0/zeros"; sleep 60');
    for (let tries = 0; !isFull(base) && tries < 2400; tries++) await Bun.sleep(50);
    await wnm.ok(["--force_action", "remove", "--service_name=2"]);
    expect(existsSync(join(base, "node/antnode0002"))).toBe(false);
    // A recreated log would be smaller.
    expect(statSync(`${database}-wal`).size).toBe(2 * 1024 * 1024);
  });
});
