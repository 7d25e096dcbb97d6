import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountIn, accountInPasswd, hasOnlyPasswd } from "../../src/os/account.ts";

const PASSWD = [
  "root:x:0:0:root:/root:/bin/bash",
  "op:x:1000:1000:Operator,,,:/home/op:/bin/bash",
  "+::::::",
  "broken",
  "1000:x:1001:1001::/home/number:/bin/sh",
  "",
].join("\n");

test("an account in passwd(5) is found by name or number, and other lines are skipped", () => {
  expect(accountInPasswd(PASSWD, "op")).toEqual({ user: "op", home: "/home/op", uid: 1000, gid: 1000 });
  expect(accountInPasswd(PASSWD, 0)?.user).toBe("root");
  expect(accountInPasswd(PASSWD, "1001")?.user).toBe("1000");
  for (const nobody of ["+", "broken", "", 54321, "jdoe"])
    expect(accountInPasswd(PASSWD, nobody)).toBeUndefined();
});

test("a line of id -P gives an account", () => {
  expect(accountIn("op:********:501:20::0:0:Operator:/Users/op:/bin/zsh")).toEqual({
    user: "op",
    home: "/Users/op",
  });
});

test("on a machine that keeps accounts only in /etc/passwd nothing else is asked", () => {
  expect(hasOnlyPasswd("group: files\npasswd:   files\nshadow: files\n")).toBe(true);
  for (const text of [
    "",
    "passwd: files systemd",
    "passwd: files extrausers",
    "passwd: compat",
    "# passwd: files",
  ])
    expect(hasOnlyPasswd(text)).toBe(false);
});

/** This account as seen on a machine whose getent(1) knows one more account. Needs root, for a mount namespace. */
function accountWith(getent: string, wanted: string | number): unknown {
  const folder = mkdtempSync(join(tmpdir(), "wnm-account-"));
  try {
    writeFileSync(join(folder, "getent"), `#!/bin/sh\n${getent}\n`);
    chmodSync(join(folder, "getent"), 0o755);
    writeFileSync(join(folder, "nsswitch.conf"), "passwd: files sss\n");
    const source = join(import.meta.dir, "../../src/os/account.ts");
    const program = `import { accountOf, idsOf, uidOf } from ${JSON.stringify(source)}; const w = ${JSON.stringify(wanted)}; console.log(JSON.stringify([accountOf(w) ?? null, idsOf(w) ?? null, uidOf(String(w)) ?? null]));`;
    const inside =
      'mount --bind "$1/getent" "$(command -v getent)" && mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && exec "$2" -e "$3"';
    const { stdout, stderr } = Bun.spawnSync([
      "unshare",
      "-m",
      "sh",
      "-c",
      inside,
      "sh",
      folder,
      process.execPath,
      program,
    ]);
    if (stdout.length === 0) throw new Error(stderr.toString());
    return JSON.parse(stdout.toString());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a directory's account gets its name, home and numbers from getent", () => {
  const getent = 'echo "jdoe:*:20001:20002:J Doe:/home/jdoe:/bin/bash"';
  const jdoe = { user: "jdoe", home: "/home/jdoe", uid: 20001, gid: 20002 };
  expect(accountWith(getent, "jdoe")).toEqual([jdoe, jdoe, 20001]);
  expect(accountWith(getent, 20001)).toEqual([jdoe, jdoe, 20001]);
  expect(accountWith(getent, "JDoe")).toEqual([jdoe, jdoe, 20001]);
});

test.each([
  ["a number without a name", "exit 2", 54321, 54321],
  ["a name that nobody has", "exit 2", "nobody-here", null],
  ["a directory that answers about another", "echo other:*:7:7::/:/bin/sh", "jdoe", null],
  ["a name that getent would take for an option", "echo -x:*:7:7::/:/bin/sh", "-x", null],
])("%s is not an account", (_, getent, wanted, uid) => {
  expect(accountWith(getent, wanted)).toEqual([null, null, uid]);
});
