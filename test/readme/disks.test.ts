import { expect, setDefaultTimeout, test } from "bun:test";
import { aHome } from "../support/wnm.ts";
import { documented } from "./commands.ts";

setDefaultTimeout(300_000);

test("the commands of the help topic on disks work on a machine with two disks at /mnt", async () => {
  await using wnm = await aHome("wnm-disks-");
  await wnm.init("--node_cap=9", "--max_concurrent_starts=9");
  const commands = [
    documented("wnm --node_storage /mnt/a/nodes,/mnt/b/nodes"),
    documented("wnm --node_storage /mnt/a/nodes --node_storage /mnt/b/nodes"),
    "wnm --force_action add --count 7",
    documented("wnm --force_action move --service_name 7 --to /mnt/b/nodes"),
    documented("wnm --force_action move --count 3 --from /mnt/a/nodes --to /mnt/b/nodes"),
    documented("wnm --force_action move --from /mnt/a/nodes --to /mnt/b/nodes"),
  ];
  const script = [
    "mount -t tmpfs none /mnt",
    "for d in a b; do mkdir /mnt/$d; mount -t tmpfs -o size=1500m none /mnt/$d; mkdir /mnt/$d/nodes; done",
    'wnm() { "$WNM" "$@" >&2 || [ "$?" = 3 ]; }',
    ...commands,
    "ls /mnt/a/nodes | wc -l",
  ].join("\n");
  const argv = ["unshare", "-m", "-p", "--fork", "--kill-child", "--mount-proc", "sh", "-ec", script];
  const child = Bun.spawn(argv, {
    env: { HOME: wnm.home, PATH: "/usr/sbin:/usr/bin:/sbin:/bin", WNM: wnm.binary },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(stdout.trim(), stderr).toBe("0");
});
