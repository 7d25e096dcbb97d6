import { WnmError } from "../../base/errors.ts";
import type { World } from "../../os/world.ts";
import type { TableEditor } from "./table-editor.ts";

/** How messages refer to this account's crontab. */
export const CRONTAB = "crontab";

/** Edits this account's crontab. Throws WnmError when it cannot be read, or when somebody else changes it meanwhile. */
export async function editCrontab(world: World, { withoutOwnLines, keepCopy }: TableEditor): Promise<void> {
  if (Bun.which("crontab", { PATH: "/usr/local/bin:/usr/bin:/bin" }) === null) return;
  const before = await crontabOf(world);
  if (before === undefined) return;
  const kept = withoutOwnLines(before, CRONTAB);
  if (kept === before) return;
  keepCopy(before, CRONTAB);
  if ((await crontabOf(world)) !== before)
    throw new WnmError("The crontab was changed meanwhile, so wnm did not touch it; try again");
  if (kept.trim() === "") await world.run(["crontab", "-r"]);
  else await world.run(["crontab", "-"], { input: Buffer.from(kept, "latin1") });
  if (((await crontabOf(world)) ?? "").trim() !== kept.trim())
    throw new WnmError("cron did not store the crontab as given; check it with: crontab -l");
}

/** This account's crontab; undefined when it has none. Throws WnmError when it cannot be read. */
async function crontabOf(world: World): Promise<string | undefined> {
  // Exit code 1 means there is no crontab; standard error says so.
  const { code, stdout, stderr } = await world.run(["crontab", "-l"], { accept: [1], bytes: true });
  if (code === 0) return stdout;
  // BusyBox reports only that it cannot open the file.
  if (/no crontab|no such file/i.test(stderr)) return undefined;
  throw new WnmError(`The crontab cannot be read, so wnm may still start from it: ${stderr.trim()}`);
}
