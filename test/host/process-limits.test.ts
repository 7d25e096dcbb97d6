import { expect, test } from "bun:test";
import { whyLimited } from "../../src/host/process-limits.ts";

/** What the kernel shows for a process with these soft limits. */
const limits = (soft: Readonly<Record<string, string>>): string =>
  [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    ...["Max cpu time", "Max file size", "Max data size", "Max address space"].map(
      (name) => `${name.padEnd(26)}${(soft[name] ?? "unlimited").padEnd(21)}unlimited            bytes     `,
    ),
  ].join("\n");
const reader = (soft: Readonly<Record<string, string>>) => (path: string) =>
  ({
    "/proc/self/limits": limits(soft),
    "/proc/7/status": "VmPeak:\t9 kB\nVmSize:\t  900000 kB\nVmData:\t  300000 kB\n",
  })[path];
const why = (soft: Readonly<Record<string, string>>, pids: readonly number[] = []) =>
  whyLimited(pids, 80, reader(soft));

test("without limits, or far below them, another node may start", () => {
  expect(why({})).toBeUndefined();
  expect(why({ "Max address space": "9000000000", "Max data size": "9000000000" }, [7, 8])).toBeUndefined();
  expect(whyLimited([7], 80, () => undefined)).toBeUndefined();
  expect(whyLimited([7], 80, () => "Max address space nonsense\n")).toBeUndefined();
});

test("a node close to its own memory limit prevents another node, with the numbers of the limit and the setting", () => {
  expect(why({ "Max address space": "1024000000" }, [8, 7])).toBe(
    "a node takes 921600000 of the 1024000000 bytes that a process may have here (ulimit -v 1000000), 90.0 % >= mem_less_than 80 %; raise it where wnm is started: ulimit -v unlimited",
  );
  expect(why({ "Max data size": "350000000" }, [7])).toContain("ulimit -d 341796");
  // Before any node was measured.
  expect(why({ "Max address space": "104857600" })).toContain("takes 100000000 of the 104857600");
  expect(why({ "Max data size": "0" })).toContain("ulimit -d 0");
});

test("a limit on processor time ends every node sooner or later", () => {
  expect(why({ "Max cpu time": "3600" })).toContain("after 3600 s of processor time (ulimit -t 3600)");
});
