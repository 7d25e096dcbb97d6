import { hostname } from "node:os";
import { testMessage } from "../alerts/message.ts";
import { sendTest } from "../alerts/send-test.ts";
import { EXIT, type ExitCode, UsageError } from "../base/errors.ts";
import { runningOf } from "../checks/health.ts";
import { openStoreToRead } from "../store/colony.ts";
import type { Context } from "./context.ts";
import { alertSettingsOf, postOf } from "./send-alerts.ts";
import { settingsOf } from "./settings-of.ts";

/** Sends a test alert to every receiver and prints each response. Stores nothing and takes no lock. */
export async function testAlert(context: Context): Promise<ExitCode> {
  using store = openStoreToRead(context.options.paths.database);
  const settings = alertSettingsOf(settingsOf(context, store).config);
  if (settings === undefined)
    throw new UsageError([
      { message: "There is nobody to send a test to: give --alert_url or --ping_url; see wnm --help alerts" },
    ]);
  const nodes = store.nodes();
  const message = testMessage(hostname(), { nodes: nodes.length, running: runningOf(nodes) });
  const tests = await sendTest(message, settings, postOf(context));
  if (context.once.json === true) context.world.print(`${JSON.stringify({ tests })}\n`);
  else
    for (const { receiver, arrived, ms, said, because } of tests) {
      const answer = [because, said].filter((part) => part !== "").join("; ");
      context.world.print(`${WORDS[arrived]} ${receiver} (${ms} ms)${answer === "" ? "" : `: ${answer}`}\n`);
    }
  return tests.every(({ arrived }) => arrived === "yes") ? EXIT.done : EXIT.failed;
}

const WORDS = { yes: "arrived    ", no: "not arrived", unknown: "unknown    " } as const;
