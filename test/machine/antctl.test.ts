/** The compiled wnm with antctl's three modes on a real systemd; only antctl and antnode are stand-ins. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { compiledWnm, ROOMY } from "../support/wnm.ts";
import { type Machine, machine, type Result, until } from "./machine.ts";

setDefaultTimeout(300_000);

const CHECKOUT = join(import.meta.dirname, "..", "..");
const WALLET = "0x1111111111111111111111111111111111111111";
const ANTCTL = '#!/bin/sh\nexec /usr/local/bin/bun /srv/checkout/test/fixtures/antctl.ts "$@"\n';
const built = mkdtempSync(join(tmpdir(), "wnm-antctl-machine-"));

let m: Machine;
beforeAll(async () => {
  const antnode = await buildAntnode(join(built, "antnode"));
  m = await machine("antctl", {
    binds: [
      { host: CHECKOUT, inside: "/srv/checkout", readOnly: true },
      { host: process.execPath, inside: "/usr/local/bin/bun", readOnly: true },
      { host: await compiledWnm(), inside: "/usr/local/bin/wnm", readOnly: true },
    ],
  });
  await m.push(antnode, "/opt/bin/antnode", 0o755);
  await m.writeFile("/opt/bin/antctl", ANTCTL, 0o755);
  await m.exec(["loginctl", "enable-linger", "ant"]);
});
afterAll(async () => {
  await m?.stop();
  rmSync(built, { recursive: true, force: true });
});

type Nodes = Readonly<Record<string, { readonly status: string; readonly peer_id: string }>>;

/** A colony of this manager; `wnm` runs as cron would run it. */
async function colony(manager: string, user: string | undefined) {
  const home = user === undefined ? "/root" : `/home/${user}`;
  const place = user === undefined ? {} : { user };
  const exec = (argv: readonly string[]): Promise<Result> => m.exec(argv, { ...place, timeout_ms: 120_000 });
  const wnm = async (...args: readonly string[]): Promise<string> => {
    const ended = await exec(["env", "-i", `HOME=${home}`, "/usr/local/bin/wnm", ...args]);
    expect(ended.code, `${args.join(" ")}: ${ended.stdout}${ended.stderr}`).toBe(0);
    return ended.stdout;
  };
  const paths = ["--antctl_path", "/opt/bin/antctl", "--antnode_path", "/opt/bin/antnode"];
  await wnm(
    "--init",
    "--rewards_address",
    WALLET,
    "--process_manager",
    manager,
    "--no_upnp",
    ...paths,
    ...ROOMY,
  );
  const nodes = async (): Promise<Nodes> => {
    await wnm("--force_action", "survey");
    return JSON.parse(await wnm("--report", "node-status", "--report_format", "json"));
  };
  const statuses = async () => Object.values(await nodes()).map(({ status }) => status);
  const settled = (wanted: readonly string[]) =>
    until(async () => Bun.deepEquals(await statuses(), wanted), `${manager}: ${wanted.join(", ")}`, 60_000);
  return { exec, wnm, settled };
}

describe.each([
  {
    manager: "antctl+user",
    user: "ant",
    ctl: ["systemctl", "--user"],
    data: "/home/ant/.local/share/autonomi/node",
  },
  { manager: "antctl+sudo", user: undefined, ctl: ["systemctl"], data: "/var/antctl/services" },
] as const)("$manager", ({ manager, user, ctl, data }) => {
  test("adds, stops, starts, restarts, removes and tears down services of a real systemd", async () => {
    const { exec, wnm, settled } = await colony(manager, user);
    const unit = async (name: string, field: string): Promise<string> =>
      (await exec([...ctl, "show", "-P", field, name])).stdout.trim();

    await wnm("--force_action", "add", "--count", "2");
    await settled(["RUNNING", "RUNNING"]);
    expect(await unit("antnode2", "ActiveState")).toBe("active");
    expect(await unit("antnode2", "Restart")).toBe("on-success");
    expect(await unit("antnode2", "User")).toBe(user === undefined ? "ant" : "");

    await wnm("--force_action", "stop", "--service_name", "antnode1");
    await settled(["STOPPED", "RUNNING"]);
    expect(await unit("antnode1", "ActiveState")).toBe("inactive");
    await wnm("--force_action", "start", "--service_name", "antnode0001");
    await settled(["RUNNING", "RUNNING"]);

    // antctl's services do not restart after a crash; wnm restarts them.
    await exec(["kill", "-9", await unit("antnode2", "MainPID")]);
    await until(async () => (await unit("antnode2", "ActiveState")) === "failed", "the crash", 60_000);
    await until(
      async () => {
        await wnm();
        return (await unit("antnode2", "ActiveState")) === "active";
      },
      "its return",
      60_000,
    );
    await settled(["RUNNING", "RUNNING"]);

    await wnm("--force_action", "remove", "--service_name", "antnode0001");
    expect((await exec(["ls", data])).stdout.split("\n")).not.toContain("antnode1");
    await wnm("--force_action", "add");
    expect((await exec(["ls", data])).stdout.split("\n")).toContain("antnode3");

    expect(await wnm("--force_action", "teardown", "--confirm")).not.toContain("failed");
    expect((await exec(["ls", data])).stdout).not.toMatch(/antnode\d/);
    expect(await unit("antnode3", "LoadState")).toBe("not-found");
  });
});

test("antctl+user refuses root", async () => {
  const argv = ["env", "-i", "HOME=/root", "/usr/local/bin/wnm", "--init", "--rewards_address", WALLET];
  const { code, stderr } = await m.exec([...argv, "--process_manager", "antctl+user"]);
  expect(code).toBe(1);
  expect(stderr).toContain("antctl+sudo");
});
