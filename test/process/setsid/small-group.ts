/** Ends the process group in $1, which has a small number, as an operator's setsid+sudo does; started by a test. */
import { readFileSync } from "node:fs";
import { commandRunner } from "../../../src/os/command.ts";
import { plainFiles } from "../../../src/os/files/node-files.ts";
import { elevatedAccess } from "../../../src/process/setsid/access.ts";
import { aGrace } from "../../support/grace.ts";

const group = Number(process.argv[2]);
if (!(group < 65)) throw new Error(`${group} is not small`);
const access = elevatedAccess({
  run: commandRunner("/root"),
  is_root: false,
  asRoot: [],
  asNode: [],
  account: { user: "root", home: "/root" },
  files: plainFiles,
  readers: () => undefined,
  sleep: Bun.sleep,
  grace: aGrace(),
});
await access.signal(-group, "TERM");
const stateOf = (): string => {
  try {
    return readFileSync(`/proc/${group}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .slice(0, 1);
  } catch {
    return "gone";
  }
};
const end = performance.now() + 5_000;
while (!["Z", "gone"].includes(stateOf()) && performance.now() < end) await Bun.sleep(20);
process.stdout.write(["Z", "gone"].includes(stateOf()) ? "gone\n" : "alive\n");
