import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ANY_LOAD, type ColonyMachine, colonyMachine } from "./colony.ts";
import { until } from "./machine.ts";

const BUILD_MS = 600_000;
const WAIT_MS = 120_000;

setDefaultTimeout(300_000);

let m: ColonyMachine;
beforeAll(async () => {
  m = await colonyMachine("doctor");
}, BUILD_MS);
afterAll(() => m?.stop());

type Found = { readonly key: string; readonly cure?: string };

const findings = async (): Promise<readonly Found[]> =>
  JSON.parse((await m.wnm(["--report", "doctor", "--json"], "op")).stdout).findings;

/** The cure of a finding that must be present. */
async function cureOf(key: string): Promise<string> {
  const found = (await findings()).find((one) => one.key === key);
  if (found?.cure === undefined) throw new Error(`no finding ${key} with a cure`);
  return found.cure;
}

const isGone = async (key: string): Promise<boolean> => !(await findings()).some((one) => one.key === key);

/** What an operator would type with sudo, typed by root. */
const asRoot = (cure: string) => m.sh(cure.replaceAll("sudo ", ""));

test("each finding on a real machine is cured by the command that it gives", async () => {
  const init = ["--init", "--process_manager=systemd+user", "--node_cap=1", ...ANY_LOAD];
  expect((await m.wnm(init, "op")).code).toBe(0);

  await asRoot(await cureOf("linger-off"));
  expect(await isGone("linger-off")).toBe(true);

  await m.sh(await cureOf("no-cron-line"), "op");
  expect(await isGone("no-cron-line")).toBe(true);
  await until(() => isGone("no-run"), "cron to start wnm by that line", WAIT_MS);
  await m.grown(1, "op");

  await m.sh(
    "mkdir -p ~/.config/systemd/user/antnode0001.service.d && printf '[Service]\\nNice=5\\n' >~/.config/systemd/user/antnode0001.service.d/mine.conf",
    "op",
  );
  await m.sh(await cureOf("unit-changed"), "op");
  expect(await isGone("unit-changed")).toBe(true);

  await m.sh("sed -i s/CPUWeight=50/CPUWeight=51/ ~/.config/systemd/user/antnode0001.service", "op");
  await m.sh(await cureOf("unit-changed"), "op");
  expect(await isGone("unit-changed")).toBe(true);

  // No wnm runs in the meantime, so no node is added although node_cap leaves room.
  await m.sh("crontab -r", "op");
  expect((await m.wnm(["--force_action=nullop", "--node_cap=20"], "op")).code).toBe(0);
  const slice = `user-${await m.sh("id -u op")}.slice`;
  await m.sh(`systemctl set-property ${slice} TasksMax=200`);
  await asRoot(await cureOf("few-processes"));
  expect(await isGone("few-processes")).toBe(true);

  await m.sh(
    "mkdir -p ~/.config/systemd/user/antnode0001.service.d && printf '[Service]\\nLimitNOFILE=200\\n' >~/.config/systemd/user/antnode0001.service.d/files.conf && systemctl --user daemon-reload && systemctl --user restart antnode0001",
    "op",
  );
  expect((await m.wnm(["--node_cap=1"], "op")).code).toBe(0);
  await m.sh(await cureOf("few-files"), "op");
  expect(await isGone("few-files")).toBe(true);

  await m.sh("(crontab -l 2>/dev/null; echo '* * * * * /home/op/.venv/bin/wnm') | crontab -", "op");
  await m.sh(await cureOf("other-wnm"), "op");
  expect(await isGone("other-wnm")).toBe(true);
  await m.sh("echo '* * * * * op /home/op/.venv/bin/wnm' >/etc/cron.d/python-wnm");
  await asRoot(await cureOf("other-wnm"));
  expect(await isGone("other-wnm")).toBe(true);
});
