import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { localMounts, mountOver, remoteMounts } from "../../../src/os/files/mounts.ts";

const mountinfo = (machine: string): string =>
  readFileSync(join(import.meta.dir, "../../fixtures/proc", machine, "mountinfo"), "utf8");

const NO_LINKS = () => undefined;

test("a share in a Proxmox guest is remote, and its neighbours are not", () => {
  const mounts = remoteMounts(mountinfo("proxmox-guest"));
  const on = (path: string) => mountOver(path, mounts, NO_LINKS);
  expect(on("/mnt/nodes/antnode0001")).toBe("/mnt/nodes");
  expect(on("/mnt/nodes")).toBe("/mnt/nodes");
  expect(on("/proc/uptime")).toBe("/proc/uptime");
  for (const path of ["/mnt/nodes2/x", "/home/op/.local", "/"]) expect(on(path)).toBeUndefined();
});

test("Windows disks in WSL2 are remote, even with a space in the name, but its own disk is not", () => {
  const mounts = remoteMounts(mountinfo("wsl2"));
  expect([...mounts]).toEqual(["/usr/lib/wsl/drivers", "/mnt/c", "/mnt/usb disk"]);
  expect(mountOver("/mnt/usb disk/nodes", mounts, NO_LINKS)).toBe("/mnt/usb disk");
  expect(mountOver("/home/op", mounts, NO_LINKS)).toBeUndefined();
});

test("a machine with only local disks has no remote mounts", () => {
  expect(remoteMounts(mountinfo("alpine")).size).toBe(0);
});

test("a local disk mounted over a share hides it, and vice versa", () => {
  const share = "1 0 0:1 / /d rw - nfs4 server:/ rw\n";
  const disk = "2 0 8:1 / /d rw shared:1 master:2 - ext4 /dev/sda1 rw\n";
  expect(remoteMounts(share + disk).size).toBe(0);
  expect([...remoteMounts(disk + share)]).toEqual(["/d"]);
});

test("only disks that hold neither the system nor wnm are listed, and neither shares nor memory count", () => {
  const text = [
    "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
    "2 1 8:2 / /home rw - xfs /dev/sda2 rw",
    "3 1 8:17 / /mnt/one\\040disk rw shared:1 - ext4 /dev/sdb1 rw",
    "4 1 0:40 / /tmp rw - tmpfs tmpfs rw",
    "5 1 0:41 / /mnt/share rw - fuseblk /dev/sdc1 rw",
    "6 1 0:42 / /mnt/pool rw - zfs pool/nodes rw",
  ].join("\n");
  expect([...localMounts(text, "/home/op/.local/bin/wnm")]).toEqual(["/mnt/one disk"]);
  expect([...localMounts(text, "/usr/local/bin/wnm")]).toEqual(["/home", "/mnt/one disk"]);
  expect(localMounts("", "/wnm").size).toBe(0);
});

test("links are followed until a share is reached, and no link on it is read", () => {
  const mounts = new Set(["/share"]);
  const links: Readonly<Record<string, string>> = {
    "/home/op/node": "../../mnt/big",
    "/mnt/big": "/share/nodes",
    "/loop": "/loop",
  };
  const read: string[] = [];
  const readLink = (path: string) => {
    read.push(path);
    return links[path];
  };
  expect(mountOver("/home/op/node/antnode0001", mounts, readLink)).toBe("/share");
  expect(read.some((path) => path.startsWith("/share"))).toBe(false);
  expect(mountOver("/loop/x", mounts, readLink)).toBeUndefined();
});

test("any text and any path give an answer", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (text, path, target) => {
      const mounts = remoteMounts(`${text}\n1 0 0:1 / ${text} rw - fuse.x ${text}`);
      const found = mountOver(`/${path}`, mounts, () => target);
      expect(found === undefined || mounts.has(found)).toBe(true);
    }),
  );
});
