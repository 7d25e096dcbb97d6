import { resolve as resolvePath } from "node:path";
import { type Call, lockOf, settingsOf } from "./call.ts";
import { EXIT, type ExitCode } from "./errors.ts";
import type { Node } from "./model/node.ts";
import { measure } from "./observe.ts";
import { replaceFile, visible } from "./os/output.ts";
import { expandHome } from "./os/paths.ts";
import { refuseUnconfirmed } from "./replacement.ts";
import { writeReport } from "./report/report.ts";
import type { Request } from "./request.ts";
import type { MachineConfig } from "./settings/machine.ts";
import { openStore, openStoreToRead, type Store } from "./store/store.ts";
import { VERSION } from "./version.ts";
import { managers, observe, programs, snapshotOf } from "./view.ts";

type ReportRequest = Extract<Request, { kind: "report" }>;

/** A report of what is stored; takes no lock and changes nothing. */
export async function report(call: Call, request: ReportRequest): Promise<ExitCode> {
  using store = openStoreToRead(call.options.paths.database);
  const { config, changes } = settingsOf(call, store.machine());
  for (const name of Object.keys(changes)) {
    if (call.options.given.get(name)?.layer === "command line")
      call.log.warn(`--${name} is in this report but not stored: a report changes nothing`);
  }
  deliver(call, request, await writeReport(request, reportSource(call, store, config, store.nodes())));
  return EXIT.done;
}

/** Surveys as a working run does, and reports what it found. */
export async function surveyAndReport(call: Call, request: ReportRequest): Promise<ExitCode> {
  using _lock = lockOf(call);
  using store = openStore(call.options.paths.database);
  const { config, changes } = settingsOf(call, store.machine());
  const view = await observe(call, store, config, store.nodes());
  refuseUnconfirmed(changes, view.snapshot, call.once.confirm === true);
  const binaries = view.programs.learned();
  store.save({ settings: changes, nodes: view.changed, sample: view.counters, binaries });
  deliver(call, request, await writeReport(request, reportSource(call, store, config, view.snapshot.nodes)));
  return EXIT.done;
}

const reportSource = (call: Call, store: Store, config: MachineConfig, nodes: readonly Node[]) => ({
  config,
  cpu_count: call.host.cpu_count,
  database: call.options.paths.database,
  nodes,
  now: call.world.clock.now(),
  version: VERSION,
  run: store.run,
  snapshot: async () => {
    const measurement = await measure(config, store.sample(), call.world);
    const manager = await managers(call, config, []);
    const seen = {
      nodes,
      now: call.world.clock.now(),
      measurement,
      programs: programs(call, store),
      manager,
    };
    return (await snapshotOf(call, store, config, seen)).snapshot;
  },
});

function deliver(call: Call, request: ReportRequest, text: string): void {
  if (request.output === undefined) call.world.print(text);
  else replaceFile(resolvePath(expandHome(request.output, call.world.home)), visible(text));
}
