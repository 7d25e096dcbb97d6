/** The settings of antctl on the compiled binary; its services are tested on a real machine. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { aHome } from "../support/wnm.ts";

setDefaultTimeout(300_000);

test("antctl's version is stored and can be cleared, and debug can be switched off", async () => {
  await using wnm = await aHome();
  await wnm.init();
  await wnm.ok(["--force_action", "update_config", "--antctl_version", "0.4.16", "--antctl_debug"]);
  expect(wnm.machine().antctl_version).toBe("0.4.16");
  expect(wnm.machine().antctl_debug).toBe(1);
  await wnm.ok(["--force_action", "update_config", "--antctl_version", "", "--antctl_debug=false"]);
  expect(wnm.machine().antctl_version).toBeNull();
  expect(wnm.machine().antctl_debug).toBe(0);
});

test("init on Linux refuses launchd, which is for macOS", async () => {
  await using wnm = await aHome();
  const { code, stderr } = await wnm.run([
    ...["--init", "--rewards_address", "donate", "--process_manager", "launchd+user"],
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain("systemd+user");
});
