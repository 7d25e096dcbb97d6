import { resolve as resolvePath } from "node:path";
import { type ExitCode, NotInitialised, WnmError } from "../base/errors.ts";
import { escapeControls } from "../base/text.ts";
import { type Health, LEVELS, levelOf, runningOf, silentOf } from "../checks/health.ts";
import type { Finding } from "../model/finding.ts";
import { replaceFile } from "../os/output.ts";
import { expandHome } from "../os/paths.ts";
import { healthJson, healthText } from "../report/health.ts";
import { readStored } from "../store/colony.ts";
import { DatabaseUnusable } from "../store/sqlite-errors.ts";
import type { Context } from "./context.ts";
import { curedHere } from "./named-colony.ts";
import type { RequestOf } from "./request.ts";
import { restoreCommand } from "./restore-command.ts";
import { standingFindings } from "./standing.ts";

/** Prints the colony's health, or nothing with --quiet; the exit code is the level. Takes no lock, contacts no node. */
export async function reportHealth(context: Context, request: RequestOf<"report">): Promise<ExitCode> {
  const health = await healthOf(context);
  const text = request.format === "json" ? healthJson(health) : healthText(health);
  const { once, world } = context;
  if (request.output !== undefined)
    replaceFile(resolvePath(expandHome(request.output, world.home)), escapeControls(text));
  else if (once.quiet !== true) world.print(text);
  return LEVELS[health.level];
}

/** The colony's health according to the store; "unknown" when that cannot be read. */
export async function healthOf(context: Context): Promise<Health> {
  const now = context.world.clock.now();
  try {
    return await readStored(context.options.paths.database, async (store) => {
      const findings = standingFindings(context, store);
      const nodes = store.nodes();
      return {
        level: levelOf(findings),
        findings,
        now,
        colony: {
          nodes: nodes.length,
          running: runningOf(nodes),
          silent: silentOf(nodes),
          last_run: store.run(),
        },
      };
    });
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    const [sentence = "", ...cure] = error.message.split("\n");
    const unread: Finding = {
      key: "colony-unreadable",
      severity: "bad",
      sentence: sentence.replace(/:$/, ""),
      cure: lostCure(error, context.options.paths.database) ?? (cure.join(" ").trim() || undefined),
    };
    const findings = [curedHere<Finding>(context.options)(unread)];
    return { level: "unknown", findings, now, colony: undefined };
  }
}

/** The recovery command for a damaged or lost database; undefined for any other error. */
function lostCure(error: WnmError, database: string): string | undefined {
  if (error instanceof DatabaseUnusable && error.is_damaged) return restoreCommand(database, "damaged");
  return error instanceof NotInitialised && error.nodes_remain ? restoreCommand(database, "lost") : undefined;
}
