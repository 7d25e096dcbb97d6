import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { compiledWnm } from "../support/wnm.ts";

setDefaultTimeout(600_000);

const AS_ROOT = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
const NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];

test("a real Prometheus has data for the board, and its alerts fire and clear", async () => {
  await compiledWnm();
  const argv = [...AS_ROOT, ...NAMESPACES, process.execPath, join(import.meta.dir, "live.ts")];
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect({ code, stdout, stderr: code === 0 ? "" : stderr }).toEqual({
    code: 0,
    stdout: "all well\n",
    stderr: "",
  });
});
