import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { type Machine, machine } from "../machine/machine.ts";

const BUILD_MS = 600_000;
const SUITE_MS = 560_000;
const CHECKOUT = join(import.meta.dirname, "..", "..");
const BUN = "/usr/local/bin/bun";

let m: Machine;

beforeAll(async () => {
  m = await machine("contract", {
    binds: [
      { host: CHECKOUT, inside: "/srv/checkout", readOnly: true },
      { host: process.execPath, inside: BUN, readOnly: true },
    ],
  });
  await m.exec(["loginctl", "enable-linger", "ant"]);
}, BUILD_MS);
afterAll(() => m?.stop());

const SUITES = [
  { manager: "systemd+user", user: "ant", software: "antnode" },
  { manager: "systemd+user", user: "ant", software: "ant-node" },
  { manager: "systemd+sudo", user: "ant", software: "antnode" },
  { manager: "systemd+sudo", user: undefined, software: "ant-node" },
  { manager: "setsid+sudo", user: "ant", software: "ant-node" },
  { manager: "setsid+sudo", user: undefined, software: "antnode" },
] as const;

for (const { manager, user, software } of SUITES) {
  test(
    `${manager} of ${user ?? "root"} with ${software} keeps the contract of process managers on a real machine`,
    async () => {
      const suite = "cd /srv/checkout && exec bun test --timeout 900000 ./test/contract/inside-machine.ts";
      const { code, stdout, stderr } = await m.exec(["bash", "-c", suite], {
        ...(user === undefined ? {} : { user }),
        env: { WNM_TEST_MANAGER: manager, WNM_TEST_SOFTWARE: software },
        timeout_ms: SUITE_MS,
      });
      expect(code, `${stdout}${stderr}`).toBe(0);
    },
    SUITE_MS + 10_000,
  );
}
