import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compiledWnm } from "../support/wnm.ts";
import { BIN, type Controller, controller, recap } from "./controller.ts";

setDefaultTimeout(600_000);

const ROOT = join(import.meta.dir, "../..");
const MACHINES = ["a", "b", "c"];

let control: Controller;
let folder: string;
let silent: Bun.TCPSocketListener<undefined>;

const play: Controller["play"] = (...words) => control.play(...words);

const homeOf = (machine: string): string => join(folder, machine);

async function settingsOf(machine: string): Promise<Record<string, unknown>> {
  const HOME = homeOf(machine);
  const child = Bun.spawn([join(HOME, ".local/bin/wnm"), "--report=machine-config", "--json"], {
    env: { HOME },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  return JSON.parse(await child.stdout.text());
}

beforeAll(async () => {
  control = await controller();
  folder = control.folder;
  const wnm = await compiledWnm();
  // An address that accepts connections and says nothing, like a dead machine behind its router.
  silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  copyFileSync(wnm, join(folder, "wnm-linux.gz"));
  // Stands for the release's own installer, which test/release tests.
  await Bun.write(
    join(folder, "install.sh"),
    '[ "$1 $2" = "--no-cron --file" ] || exit 2\nmkdir -p "$HOME/.local/bin" && install -m 0755 "$3" "$HOME/.local/bin/wnm"\n',
  );
  for (const machine of MACHINES) {
    mkdirSync(join(homeOf(machine), "metrics"), { recursive: true });
    chmodSync(homeOf(machine), 0o755);
  }
  const version = Bun.spawnSync([wnm, "--version"]).stdout.toString().trim().split(" ").at(-1);
  const hosts = Object.fromEntries(
    MACHINES.map((machine) => [
      machine,
      {
        ansible_connection: "local",
        wnm_home: homeOf(machine),
        wnm_program: join(homeOf(machine), ".local/bin/wnm"),
        wnm_base: join(homeOf(machine), ".local/share/autonomi"),
        wnm_textfile_dir: join(homeOf(machine), "metrics"),
        wnm_settings: { node_cap: machine === "c" ? 3 : 0 },
      },
    ]),
  );
  const vars = {
    ansible_python_interpreter: "/usr/bin/python3",
    wnm_version: version,
    wnm_user: Bun.spawnSync(["id", "-un"]).stdout.toString().trim(),
    wnm_become: false,
    wnm_installer_file: join(folder, "install.sh"),
    wnm_release_file: join(folder, "wnm-linux.gz"),
    wnm_installer_options: ["--no-cron"],
    wnm_installer_sha256: new Bun.SHA256().update(readFileSync(join(folder, "install.sh"))).digest("hex"),
    wnm_get_node: false,
    wnm_group_settings: { rewards_address: "donate", process_manager: "setsid+user" },
  };
  await Bun.write(join(folder, "hosts.yml"), JSON.stringify({ all: { hosts, vars } }));
});

afterAll(() => {
  silent?.stop(true);
  control?.[Symbol.dispose]();
});

test("three machines get wnm and a colony; a second play changes nothing, and only what differs is stored", async () => {
  const made = await play("site");
  expect([made.code, made.code === 0 ? "" : made.said]).toEqual([0, ""]);
  for (const machine of MACHINES)
    expect(await settingsOf(machine)).toMatchObject({
      rewards_address: "donate",
      node_cap: machine === "c" ? 3 : 0,
      prometheus_path: join(homeOf(machine), "metrics/wnm.prom"),
    });

  const again = await play("site");
  expect(MACHINES.map((machine) => recap(again.said, machine, "changed"))).toEqual([0, 0, 0]);

  const wish = ["-e", JSON.stringify({ wnm_settings: { hd_less_than: 64 } }), "--limit", "b"];
  const checked = await play("site", "--check", ...wish);
  expect([recap(checked.said, "b", "changed"), recap(checked.said, "b", "failed")]).toEqual([1, 0]);
  expect(await settingsOf("b")).toMatchObject({ hd_less_than: 75 });
  expect(recap((await play("site", ...wish)).said, "b", "changed")).toBe(1);
  expect(await settingsOf("b")).toMatchObject({ hd_less_than: 64 });
});

test("an installer other than the verified one is not run", async () => {
  const other = ["-e", "wnm_version=9.9.9 wnm_installer_sha256=0", "--limit", "a"];
  const { code, said } = await play("site", ...other);
  expect([code, said]).toEqual([2, expect.stringContaining("is not the install.sh of wnm_installer_sha256")]);
});

test("a colony that pays somebody else is left alone", async () => {
  const foreign = ["-e", JSON.stringify({ wnm_settings: { rewards_address: `0x${"1".repeat(40)}` } })];
  const { code, said } = await play("site", ...foreign, "--limit", "a");
  expect([code, said]).toEqual([2, expect.stringContaining("has a colony that pays another address")]);
  expect(await settingsOf("a")).toMatchObject({ rewards_address: "donate" });
});

test("a token in a setting appears in nothing that a play prints, and a refused setting is named", async () => {
  const hook = (more: object) => [
    ...["--limit", "b", "-vvv", "-e"],
    JSON.stringify({ wnm_settings: { alert_url: "https://127.0.0.1:9/t0ken", ...more } }),
  ];
  const stored = await play("site", ...hook({}));
  expect([recap(stored.said, "b", "changed"), stored.said.includes("t0ken")]).toEqual([1, false]);
  const refused = await play("site", ...hook({ node_cap: -1 }));
  expect([refused.code, refused.said.includes("t0ken")]).toEqual([2, false]);
  expect(refused.said).toContain("Expected a whole number of 0 or more");
});

test("the overview is one table, even with a dead machine", async () => {
  const dead = { ansible_host: "127.0.0.1", ansible_port: silent.port, ansible_connection: "ssh" };
  // An ssh that has logged in and receives nothing more stands for a machine whose shell hangs.
  const [ssh, called] = [join(folder, "ssh"), join(folder, "called")];
  await Bun.write(ssh, `#!/bin/sh\necho "$$ $*" > '${called}'\nexec sleep infinity\n`);
  chmodSync(ssh, 0o755);
  const hangs = { ansible_host: "127.0.0.1", ansible_connection: "ssh", ansible_ssh_executable: ssh };
  await Bun.write(join(folder, "dead.yml"), JSON.stringify({ all: { hosts: { dead, hangs } } }));
  const { code, said } = await play("overview", "-i", "dead.yml");
  expect([code, code === 0 ? "" : said]).toEqual([0, ""]);
  for (const machine of MACHINES) expect(said).toMatch(new RegExp(`"${machine} +0 +0 +[03] `));
  for (const machine of ["dead", "hangs"]) expect(said).toMatch(new RegExp(`"${machine} +- no answer`));
  const [pid, ...options] = readFileSync(called, "utf8").trim().split(" ");
  process.kill(Number(pid));
  for (const option of ["ConnectTimeout=4", "ConnectionAttempts=1", "ServerAliveInterval=2"])
    expect(options).toContain(option);
});

test("an unhealthy canary ends the change of the node program before the others are touched", async () => {
  const { code, said } = await play("nodes", "-e", "wnm_worst_health=-1");
  expect([code, recap(said, "a", "failed")]).toEqual([2, 1]);
  expect(said).not.toMatch(/^(ok|changed|fatal): \[[bc]\]/m);
});

test("keys arrive vaulted, and leave no copy behind", async () => {
  const secret = { wnm_vault_password: "hu5h", wnm_backup_dir: join(folder, "keys") };
  await Bun.write(join(folder, "secret.yml"), JSON.stringify(secret));
  const { code, said } = await play("backup", "-vvv", "-e", "@secret.yml");
  expect([code, code === 0 ? "" : said]).toEqual([0, ""]);
  for (const word of ["hu5h", "wnm-keys-1"]) expect([word, said.includes(word)]).toEqual([word, false]);
  for (const machine of MACHINES)
    expect(readFileSync(join(folder, "keys", `${machine}.json`), "utf8")).toStartWith("$ANSIBLE_VAULT;");
  await Bun.write(join(folder, "password"), "hu5h\n");
  const opened = await control.ansible([
    ...["ansible-vault", "view", "--vault-password-file", "password"],
    "keys/a.json",
  ]);
  expect([opened.code, opened.said]).toEqual([0, expect.stringContaining("wnm-keys-1")]);
});

test("a machine is drained only when explicitly requested", async () => {
  expect((await play("drain", "-e", "wnm_hosts=c")).code).toBe(2);
  expect(await settingsOf("c")).toMatchObject({ node_cap: 3 });
  expect((await play("drain", "-e", "wnm_hosts=c wnm_drain=true")).code).toBe(0);
  expect(await settingsOf("c")).toMatchObject({ node_cap: 0 });
});

test("ansible-lint finds nothing", async () => {
  const child = Bun.spawn([join(BIN, "ansible-lint"), "--offline", "--nocolor"], {
    cwd: join(ROOT, "scripts/ansible"),
    env: { PATH: `${BIN}:${process.env.PATH}`, HOME: join(folder, "controller"), LC_ALL: "C.UTF-8" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
  expect(existsSync(join(ROOT, "scripts/ansible/.ansible"))).toBe(false);
});
