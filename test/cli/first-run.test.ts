import { expect, setDefaultTimeout, test } from "bun:test";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildAntNode } from "../fixtures/build-antnode.ts";
import { endOf } from "../release/ended.ts";
import { aColony, aHome, type Ended, ROOMY } from "../support/wnm.ts";

setDefaultTimeout(300_000);

const INIT = ["--init", "--rewards_address=donate", "--process_manager=setsid+user", "--no_upnp", ...ROOMY];

test("--init ends with what this machine carries, what is missing and what to do next, and asks nothing", async () => {
  await using wnm = await aHome();
  const { stdout } = await wnm.ok(INIT);
  expect(stdout).toMatch(/^ {2}disk {4}.* free, .*hd_remove 100 %.* \/ 35 GB for a full node = \d+ nodes?$/m);
  expect(stdout).toMatch(/^ {2}memory {2}.* \/ 200 MB for a node = \d+ nodes?$/m);
  expect(stdout).toMatch(/proposed: wnm --node_cap \d+ \(now 20\)|which is node_cap/);
  const steps = [...stdout.matchAll(/^ +\d+\. (.*)$/gm)].map((match) => match[1] ?? "");
  expect(steps[0]).toContain("No node can be added: there is no node program");
  expect(steps.find((step) => step.includes("UDP 55001"))).toBeDefined();
  expect(steps.at(-2)).toContain("Nothing starts wnm");
  expect(steps.at(-1)).toContain("what the first run would do");
});

test("the ports of ant-nodes for browsers are also named", async () => {
  await using wnm = await aHome();
  await buildAntNode(join(wnm.home, ".local/bin/antnode"), "0.23.1");
  const { stdout } = await wnm.ok([...INIT, "--node_cap=1", "--start_args=--bootstrap 127.0.0.1:1"]);
  expect(stdout).toMatch(/UDP 55001, and UDP 30001 for browsers/);
});

test("without a program, a dry run plans no node and says why, and a run reports it once", async () => {
  await using wnm = await aHome();
  await wnm.ok(INIT);
  const dry = await wnm.ok(["--dry_run"]);
  expect(dry.stdout).toContain("nothing to do: no node can be added: there is no node program at");
  expect(dry.stdout).not.toContain("add antnode");
  const forced = await wnm.run(["--dry_run", "--force_action=add"]);
  expect([forced.code, forced.stderr]).toEqual([5, expect.stringContaining("No node is added: there is no")]);
  const first = await wnm.run([]);
  expect([first.code, first.stderr]).toEqual([3, expect.stringContaining("ERROR")]);
  const second = await wnm.run([]);
  expect([second.code, second.stderr]).toEqual([3, expect.not.stringContaining("ERROR")]);
  expect(wnm.nodes()).toEqual([]);
});

test("a number whose port is in use is skipped in the plan", async () => {
  await using wnm = await aColony();
  const port = Number(wnm.machine().port_start) * 1000 + 1;
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(port, "127.0.0.1", resolve));
  try {
    const { stdout } = await wnm.ok(["--dry_run", "--force_action=add"]);
    expect(stdout).toContain("add antnode0002");
    expect(stdout).not.toContain("add antnode0001");
  } finally {
    socket.close();
  }
});

test("sudo wnm where the user has a colony says so, and creates a second one only with confirmation", async () => {
  await using wnm = await aColony();
  const passwd = join(wnm.home, "passwd");
  writeFileSync(
    passwd,
    `root:x:0:0::/root:/bin/sh\nmara:x:12345:12345::${wnm.home}:/bin/sh\nant:x:12346:12346::/var/home:/bin/sh\n`,
  );
  const root = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const asRoot = `mount --bind ${passwd} /etc/passwd && mount -t tmpfs tmpfs /var && mkdir /var/home &&
    exec env -i HOME=/var/home SUDO_USER=mara "$@"`;
  const sudo = (...args: readonly string[]): Promise<Ended> =>
    endOf([
      ...[...root, "unshare", "--mount", "--propagation=private", "sh", "-c", asRoot, "sh", wnm.binary],
      ...args,
    ]);
  const plain = await sudo();
  expect([plain.code, plain.stderr]).toEqual([
    4,
    expect.stringContaining(`mara has one, ${wnm.database} with 0 nodes. Call wnm without sudo`),
  ]);
  const init = ["--init", "--rewards_address=donate", "--process_manager=setsid+sudo", "--no_upnp"];
  const second = await sudo(...init);
  expect([second.code, second.stderr]).toEqual([
    5,
    expect.stringContaining("so no second one was made for root"),
  ]);
  const confirmed = await sudo(...init, "--confirm", "--port_start=45");
  expect([confirmed.stderr.includes("so no second one"), confirmed.stdout]).toEqual([
    false,
    expect.stringContaining("Initialization complete."),
  ]);
});
