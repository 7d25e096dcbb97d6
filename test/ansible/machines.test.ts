import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildAntNode } from "../fixtures/build-antnode.ts";
import { ASSET, entriesOf, KEY, makeRelease } from "../get-node/releases.ts";
import type { Machine } from "../machine/machine.ts";
import { NATIVE, testRelease } from "../release/release.ts";
import { until } from "../support/until.ts";
import { ROOMY } from "../support/wnm.ts";
import { type Controller, controller, recap, type Said } from "./controller.ts";
import { type Fleet, fleet } from "./fleet.ts";

setDefaultTimeout(900_000);

const NAMES = ["s1", "s2", "s3"] as const;
type Name = (typeof NAMES)[number];

const PATIENCE_MS = 300_000;
const WNM = "/home/autonomi/.local/bin/wnm";
/** The account that Ansible logs in with on s2: it is not root and may use sudo, as on rented servers. */
const ADMIN = "deploy";

let machines: Fleet;
let control: Controller;
let programs: string;

const at = (name: Name): Machine => machines.machines[name] as Machine;

/** The output of a shell script on a machine, as root or as the colony's account. */
async function sh(name: Name, script: string, user?: string): Promise<string> {
  const { code, stdout, stderr } = await at(name).exec(
    ["sh", "-c", script],
    user === undefined ? {} : { user },
  );
  if (code !== 0) throw new Error(`${name}: ${script}: ${code}: ${stdout}${stderr}`);
  return stdout.trim();
}

const wnm = async (name: Name, words: string): Promise<string> =>
  (await at(name).exec(["sh", "-c", `${WNM} -q ${words}`], { user: "autonomi" })).stdout.trim();

const settingsOf = async (name: Name): Promise<Record<string, unknown>> =>
  JSON.parse(await wnm(name, "--report machine-config --json"));

const programOf = (name: Name): Promise<string> => sh(name, "~/.local/bin/antnode --version", "autonomi");

const upOn = async (name: Name): Promise<number> => {
  const { stdout } = await at(name).exec([WNM, "--report=health", "--json"], { user: "autonomi" });
  return JSON.parse(stdout).running;
};

const upOnEach = (name: Name, nodes: number): Promise<true> =>
  until(async () => (await upOn(name)) === nodes, `${nodes} nodes on ${name}`, PATIENCE_MS);

const pidsOn = (name: Name): Promise<string> => sh(name, "pgrep -u autonomi -f /antnode00 | sort; true");

/** Runs a playbook that must succeed. */
async function well(...words: Parameters<Controller["play"]>): Promise<string> {
  const { code, said } = await control.play(...words);
  expect([words, code, code === 0 ? "" : said]).toEqual([words, 0, ""]);
  return said;
}

const changes = (said: string): readonly number[] => NAMES.map((name) => recap(said, name, "changed"));

/** The arguments of `nodes` for the release of a node program. */
async function release(version: string, program: string | Uint8Array): Promise<readonly string[]> {
  const folder = makeRelease(programs, entriesOf(program));
  return ["-e", JSON.stringify({ wnm_node_archive: join(folder, ASSET), wnm_node_version: version })];
}

const antNode = async (version: string): Promise<Uint8Array> =>
  readFileSync(await buildAntNode(join(programs, version, "ant-node"), version));

/** A program that reports about itself what a good one does, and whose nodes never answer and end after ten seconds. */
function endsSoon(version: string, good: string): string {
  const { stdout } = Bun.spawnSync([good, "--help"]);
  return `#!/bin/sh\ncase $1 in\n--version) echo 'ant-node ${version}' ;;\n--help) cat <<'END'\n${stdout}\nEND\n;;\n*) sleep 10; exit 1 ;;\nesac\n`;
}

async function inventory(wnmRelease: string, nodeArchive: string): Promise<unknown> {
  const hosts = NAMES.map((name) => [
    name,
    {
      ansible_host: machines.addressOf(name),
      ansible_user: name === "s2" ? ADMIN : "root",
      wnm_settings: { node_cap: name === "s1" ? 1 : 2 },
    },
  ]);
  const ssh = `-o UserKnownHostsFile=${control.folder}/known -o StrictHostKeyChecking=accept-new`;
  const roomy = ROOMY.map((word) => word.slice(2).split("="));
  const vars = {
    ansible_ssh_private_key_file: join(control.folder, "key"),
    ansible_ssh_common_args: ssh,
    // The time that a busy machine may take to greet.
    ansible_timeout: 60,
    ansible_python_interpreter: "/usr/bin/python3",
    wnm_user: "autonomi",
    wnm_version: "1.0.0",
    wnm_installer_file: join(wnmRelease, "install.sh"),
    wnm_release_file: join(wnmRelease, `wnm-${NATIVE}.gz`),
    wnm_installer_sha256: new Bun.SHA256().update(readFileSync(join(wnmRelease, "install.sh"))).digest("hex"),
    wnm_node_exporter: true,
    wnm_node_archive: nodeArchive,
    wnm_retry_delay: 1,
    wnm_retries: 60,
    wnm_soak_minutes: 0,
    wnm_group_settings: {
      rewards_address: "donate",
      no_upnp: true,
      ...Object.fromEntries(roomy),
      // Without one there is no trial, and the first node that starts has passed it.
      delay_upgrade: 5,
    },
  };
  const children = { wnm: { hosts: Object.fromEntries(hosts) }, wnm_prometheus: { hosts: { s1: {} } } };
  return { all: { vars, children } };
}

async function makeAdmin(key: string): Promise<void> {
  await sh(
    "s2",
    `useradd --create-home --shell /bin/bash ${ADMIN} && install -d -o ${ADMIN} -m 700 /home/${ADMIN}/.ssh`,
  );
  await at("s2").writeFile(`/home/${ADMIN}/.ssh/authorized_keys`, key, 0o644);
  await at("s2").writeFile(`/etc/sudoers.d/${ADMIN}`, `${ADMIN} ALL=(ALL) NOPASSWD: ALL\n`, 0o440);
}

beforeAll(async () => {
  const wnmRelease = await testRelease("1.0.0", [NATIVE], KEY.publicKey.toBase64());
  machines = await fleet(NAMES);
  control = await controller(machines.place);
  programs = join(control.folder, "programs");
  mkdirSync(programs);
  const first = makeRelease(programs, entriesOf(await antNode("0.23.1")));
  await Bun.write(
    join(control.folder, "hosts.yml"),
    JSON.stringify(await inventory(wnmRelease, join(first, ASSET))),
  );
  Bun.spawnSync(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(control.folder, "key")]);
  const key = await Bun.file(join(control.folder, "key.pub")).text();
  await Promise.all(
    NAMES.map(async (name) => {
      await at(name).writeFile("/root/.ssh/authorized_keys", key, 0o600);
      if (name === "s2") await makeAdmin(key);
      await at(name).fastCron();
    }),
  );
}, 900_000);

afterAll(async () => {
  control?.[Symbol.dispose]();
  await machines?.[Symbol.asyncDispose]();
}, 300_000);

test("empty machines run nodes after one play, and neither a preceding check nor a second play changes anything", async () => {
  await well("site", "--check");
  for (const name of NAMES)
    expect(await sh(name, "id autonomi 2>&1; ls /home/autonomi 2>&1; true")).not.toContain("uid=");

  await well("site");
  for (const name of NAMES) {
    expect(await sh(name, "crontab -l", "autonomi")).toContain("put here by its install.sh");
    expect(await settingsOf(name)).toMatchObject({
      rewards_address: "donate",
      node_cap: name === "s1" ? 1 : 2,
    });
    expect(await programOf(name)).toBe("ant-node 0.23.1");
  }
  expect(changes(await well("site"))).toEqual([0, 0, 0]);
  await Promise.all(NAMES.map((name) => upOnEach(name, name === "s1" ? 1 : 2)));

  const wish = ["-e", JSON.stringify({ wnm_settings: { node_cap: 2 } })];
  expect(changes(await well("site", "--check", ...wish))).toEqual([1, 0, 0]);
  expect(await settingsOf("s1")).toMatchObject({ node_cap: 1 });
});

test("Prometheus on one of them scrapes them all, with the rules", async () => {
  await well("monitoring");
  const ask = async (query: string): Promise<string> => {
    const argv = [
      "curl",
      "-fsS",
      "--get",
      "http://127.0.0.1:9090/api/v1/query",
      "--data-urlencode",
      `query=${query}`,
    ];
    return (await at("s1").exec(argv)).stdout;
  };
  await until(
    async () => (await ask("count(wnm_build_info)")).includes('"3"'),
    "all three in Prometheus",
    PATIENCE_MS,
  );
  expect((await at("s1").exec(["curl", "-fsS", "http://127.0.0.1:9090/api/v1/rules"])).stdout).toContain(
    "WnmHostDown",
  );
  const again = await well("monitoring");
  expect(recap(again, "s1", "changed")).toBe(0);
});

test("a bad node program stops at the first machine, and a good one goes to all", async () => {
  const bad = await release("0.23.2", endsSoon("0.23.2", join(programs, "0.23.1/ant-node")));
  const stopped = await control.play("nodes", ...bad);
  expect([stopped.code, recap(stopped.said, "s1", "failed")]).toEqual([2, 1]);
  expect(stopped.said).not.toMatch(/^(ok|changed|fatal): \[s[23]\]/m);
  for (const name of ["s2", "s3"] as const) expect(await programOf(name)).toBe("ant-node 0.23.1");
  await upOnEach("s1", 1);
  expect(await wnm("s1", "--report prometheus")).toContain('wnm_nodes_by_version{version="0.23.1"} 1');

  await well("nodes", ...(await release("0.23.3", await antNode("0.23.3"))));
  const upgraded = async (name: Name) =>
    (await wnm(name, "--report prometheus")).includes(
      `wnm_nodes_by_version{version="0.23.3"} ${name === "s1" ? 1 : 2}`,
    );
  for (const name of NAMES) await until(() => upgraded(name), `every node of ${name} to follow`, PATIENCE_MS);
});

/** Runs a play, and unplugs a machine's cable once the play has printed the given text. */
async function dyingAt(said: RegExp, name: Name, ...words: readonly string[]): Promise<Said> {
  let pulled: Promise<void> | undefined;
  const ended = await control.ansible(["ansible-playbook", "-i", "hosts.yml", ...words], (heard) => {
    if (pulled === undefined && said.test(heard)) pulled = machines.cable(name, "down");
  });
  await pulled;
  expect(pulled).toBeDefined();
  return ended;
}

/** Prints the overview until its table has these lines: it gives a machine four seconds, and a busy one may be late. */
const tableHas = (...lines: readonly RegExp[]): Promise<true> =>
  until(
    async () => {
      const table = await well("overview");
      return lines.every((line) => line.test(table));
    },
    `${lines.join(" and ")} in the overview`,
    PATIENCE_MS,
  );

test("a machine that dies half-way delays no other, and the overview says so", async () => {
  const wish = ["-e", JSON.stringify({ wnm_settings: { hd_less_than: 98, node_cap: 2 } })];
  const died = await dyingAt(/^TASK .*Ask for the installed version/m, "s3", "autonomi.wnm.site", ...wish);
  expect([died.code, recap(died.said, "s3", "unreachable")]).toEqual([4, 1]);
  for (const name of ["s1", "s2"] as const)
    expect(await settingsOf(name)).toMatchObject({ hd_less_than: 98 });
  await tableHas(/"s2 +2 +2 +2 /, /"s3 +- no answer/);

  await machines.cable("s3", "up");
  await well("site", ...wish);
  expect(await settingsOf("s3")).toMatchObject({ hd_less_than: 98 });
});

test("a drained machine runs no node and keeps its data", async () => {
  await upOnEach("s2", 2);
  await well("drain", "-e", "wnm_hosts=s2 wnm_drain=true");
  expect(await upOn("s2")).toBe(0);
  expect(await pidsOn("s2")).toBe("");
  expect(await sh("s2", "ls ~/.local/share/autonomi/node", "autonomi")).toBe("antnode0001\nantnode0002");
  expect(recap(await well("drain", "-e", "wnm_hosts=s2 wnm_drain=true"), "s2", "changed")).toBe(0);
});

test("an uninstall leaves the nodes, and an import takes them over without a restart", async () => {
  await upOnEach("s3", 2);
  const pids = await pidsOn("s3");
  // The colony goes too: what remains are running nodes that nobody manages.
  await sh("s3", `${WNM} --release && rm ~/.local/share/autonomi/colony.db*`, "autonomi");
  await well("uninstall", "-e", "wnm_hosts=s3");
  expect(
    await sh(
      "s3",
      `ls ${WNM} /var/lib/prometheus/node-exporter/wnm.prom 2>&1; crontab -l -u autonomi 2>&1; true`,
    ),
  ).not.toContain("wnm: put");
  await tableHas(/"s3 +- no wnm/);
  expect(await pidsOn("s3")).toBe(pids);

  await well("site", "--limit", "s3", "-e", "wnm_begin=import");
  expect(Object.keys(await settingsOf("s3"))).toContain("rewards_address");
  await upOnEach("s3", 2);
  expect(await pidsOn("s3")).toBe(pids);
  expect(recap(await well("site", "--limit", "s3", "-e", "wnm_begin=import"), "s3", "changed")).toBe(0);
});
