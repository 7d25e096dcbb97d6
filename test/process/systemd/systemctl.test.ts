import { expect, test } from "bun:test";
import { CommandFailed } from "../../../src/base/errors.ts";
import { systemctl } from "../../../src/process/systemd/systemctl.ts";

const ended = (how?: string) =>
  systemctl(
    async (argv) => {
      throw new CommandFailed(argv, null, "", how);
    },
    ["--user"],
    [],
    () => ({}),
  );

test("a slow stop continues in systemd, but a killed systemctl may not have asked for it", async () => {
  await ended().stop("antnode0001.service", 20_000);
  await expect(ended("was ended by SIGKILL").stop("antnode0001.service", 20_000)).rejects.toThrow(
    "systemctl --user stop -- antnode0001.service was ended by SIGKILL",
  );
});
