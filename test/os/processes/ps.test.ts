import { expect, test } from "bun:test";
import { accountIn } from "../../../src/os/account.ts";
import { outputNow } from "../../../src/os/command.ts";
import { PS, processesIn, splitCommand } from "../../../src/os/processes/ps.ts";
import { PS_TABLE } from "../../../src/os/processes/ps-table.ts";

const MAC = `    1     0     1 Ss   Mon Nov  2 13:19:38 2026     /sbin/launchd
  913   501   913 S    Sat Nov 21 03:04:05 2026     /Users/ant/Library/Application Support/autonomi/node/antnode0001/antnode --root-dir /Users/ant/Library/Application Support/autonomi/node/antnode0001 --port 55001 --no-upnp --rewards-address 0x11 evm-arbitrum-one
  914   501   913 Z    Sat Nov 21 03:04:06 2026     (antnode)
`;

test("ps on macOS gives pid, group, start in epoch seconds and the arguments, keeping folders with spaces whole", () => {
  const [init, node, ...more] = processesIn(MAC);
  expect(more).toEqual([]);
  expect(init).toEqual({
    pid: 1,
    uid: 0,
    group: 1,
    started: Date.UTC(2026, 10, 2, 13, 19, 38) / 1000,
    argv: ["/sbin/launchd"],
  });
  const folder = "/Users/ant/Library/Application Support/autonomi/node/antnode0001";
  expect(node?.started).toBe(Date.UTC(2026, 10, 21, 3, 4, 5) / 1000);
  expect(node?.argv.slice(0, 5)).toEqual([`${folder}/antnode`, "--root-dir", folder, "--port", "55001"]);
});

test("a switch has no value, and a value after = stays with its flag", () => {
  expect(splitCommand("/a/b --no-upnp --root-dir=/x y --port 1")).toEqual([
    "/a/b",
    "--no-upnp",
    "--root-dir=/x y",
    ...["--port", "1"],
  ]);
});

test("the real ps is read correctly: this process, its group and its start", async () => {
  const child = Bun.spawn(["sleep", "300"], { detached: true });
  const before = Math.floor(Date.now() / 1000);
  const found = processesIn(outputNow(["ps", ...PS]) ?? "").find(({ pid }) => pid === child.pid);
  expect(found?.argv).toEqual(["sleep 300"]);
  expect(found?.group).toBe(child.pid);
  expect(Math.abs((found?.started ?? 0) - before)).toBeLessThan(30);
  expect(found?.uid).toBe(process.getuid?.() ?? -1);
  expect(PS_TABLE.look(child.pid)).toMatchObject({
    seen: "living",
    process: { pid_started: found?.started },
  });
  child.kill();
  await child.exited;
});

test("a line of id -P is an account", () => {
  const line = "ant:********:501:20::0:0:Ant Node:/Users/ant:/bin/zsh\n";
  expect(accountIn(line)).toEqual({ user: "ant", home: "/Users/ant" });
  expect(accountIn("")).toBeUndefined();
  expect(accountIn("id: nobody: no such user")).toBeUndefined();
});
