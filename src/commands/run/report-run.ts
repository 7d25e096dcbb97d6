import { dirname } from "node:path";
import { WnmError } from "../../base/errors.ts";
import { escapeControls } from "../../base/text.ts";
import { VERSION } from "../../base/version.ts";
import type { Snapshot } from "../../decide/snapshot.ts";
import { shareTakesChanges, silentShares } from "../../os/files/silent-folders.ts";
import { replaceFile } from "../../os/output.ts";
import { expandHome } from "../../os/paths.ts";
import { overviewOf } from "../../report/overview.ts";
import { overviewText } from "../../report/overview-text.ts";
import { pageHtml } from "../../report/page/page.ts";
import { prometheus } from "../../report/prometheus.ts";
import { openStoreToRead, type Store } from "../../store/colony.ts";
import type { Context } from "../context.ts";
import { counted } from "../counted.ts";
import { overviewFacts } from "../overview-facts.ts";
import { pageFacts } from "../page-facts.ts";
import { standingFindings } from "../standing.ts";
import { showOn, styleOf } from "../style.ts";
import type { WorkRequest } from "./plan.ts";
import { showsOverview } from "./shows-overview.ts";

/**
 * Shows the overview at a terminal and writes the page and the metrics file, after the lock is released. A failure here
 * does not change the run's result; the next run reports the stale file as a finding.
 */
export async function reportRun(context: Context, request: WorkRequest, seen: Snapshot): Promise<void> {
  const { log, options, world } = context;
  try {
    using store = openStoreToRead(options.paths.database);
    const snapshot = { ...seen, nodes: store.nodes(), now: world.clock.now() };
    if (showsOverview(context, request)) {
      const overview = overviewOf(overviewFacts(context, store, snapshot));
      showOn(world, overviewText(overview, styleOf(world.screen)));
    }
    const { page_path, prometheus_path } = snapshot.config;
    await write(context, page_path, () => pageHtml(pageFacts(context, store, snapshot)));
    await write(context, prometheus_path, () => metricsOf(context, store, snapshot));
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    log.debug(error.message);
  }
}

/** Writes a report to the file that a setting names. A failure does not prevent other files from being written. */
async function write(context: Context, asked: string | undefined, text: () => string): Promise<void> {
  if (asked === undefined) return;
  const path = expandHome(asked, context.world.home);
  // Writing to a share that does not respond would block this process forever.
  const folder = dirname(path);
  if ((await silentShares([folder])).size > 0 || !(await shareTakesChanges(folder))) return;
  try {
    replaceFile(path, escapeControls(text()));
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    context.log.debug(error.message);
  }
}

const metricsOf = (context: Context, store: Store, snapshot: Snapshot): string =>
  prometheus({
    snapshot,
    run: store.run(),
    version: VERSION,
    findings: standingFindings(context, store),
    surveyed_at: store.sample()?.taken_at,
    ...counted(store, snapshot.now),
  });
