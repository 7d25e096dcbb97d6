import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { type Account, anAccount } from "../release/installer.ts";
import { testRelease } from "../release/release.ts";
import { flipped, type ReleaseServer, serveReleases } from "../release/server.ts";
import type { Ended } from "../support/wnm.ts";
import { asRunHere, documented } from "./commands.ts";

// The README's way for readers who verify before they run anything.

setDefaultTimeout(300_000);

let server: ReleaseServer;

beforeAll(async () => {
  server = serveReleases({ "1.0.0": await testRelease("1.0.0") }, "1.0.0");
}, 480_000);
afterAll(() => server?.[Symbol.dispose]());

function reader(): Account {
  const account = anAccount();
  account.withTools("minisign");
  chmodSync(account.home, 0o755);
  return account;
}

const type = (account: Account, command: string): Promise<Ended> =>
  account.sh(`cd ~ && ${asRunHere(command, server.url)}`, { WNM_MIRROR: server.url });

const DOWNLOAD = documented(
  "curl -fsSL --remote-name-all RELEASES/latest/download/{install.sh,SHA256SUMS,SHA256SUMS.minisig}",
);
const CHECK = documented("minisign -V -m SHA256SUMS -P KEY && sha256sum -c --ignore-missing SHA256SUMS");

test("a verified release installs", async () => {
  using account = reader();
  expect((await type(account, DOWNLOAD)).code).toBe(0);
  const checked = await type(account, CHECK);
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining("install.sh: OK")]);
  expect((await type(account, documented("sh install.sh"))).stdout).toContain("wnm 1.0.0 is installed");
});

test.each(["install.sh", "SHA256SUMS", "SHA256SUMS.minisig"])("a changed %s is detected", async (name) => {
  using account = reader();
  server.tamper = (path, body) => (path.endsWith(`/${name}`) ? flipped(body) : undefined);
  await type(account, DOWNLOAD);
  server.tamper = undefined;
  expect(await Bun.file(join(account.home, name)).exists()).toBe(true);
  expect((await type(account, CHECK)).code).not.toBe(0);
});
