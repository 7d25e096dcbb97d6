import type { Target } from "../decide/force.ts";
import type { ForcedActionType } from "../model/action-types.ts";
import type { EventKind } from "../model/event.ts";
import type { NodeId } from "../model/node.ts";
import type { TableRequest } from "../report/node-table.ts";
import type { Printed } from "../settings/printed.ts";
import type { Format, ReportName } from "../settings/reports.ts";
import type { Shell } from "../settings/run-options.ts";

/** What this call does: exactly one command. */
export type Request =
  | { readonly kind: "run"; readonly dry_run: boolean }
  | {
      readonly kind: "force_action";
      readonly action: ForcedActionType;
      readonly target: Target;
      readonly dry_run: boolean;
    }
  | {
      readonly kind: "teardown";
      readonly action: "teardown";
      readonly target: Target;
      readonly dry_run: boolean;
    }
  | { readonly kind: "configure"; readonly dry_run: boolean }
  | {
      readonly kind: "report";
      readonly report: ReportName;
      readonly format: Format;
      readonly ids: readonly NodeId[] | undefined;
      readonly survey: boolean;
      /** The bounds of a history, as typed. */
      readonly since: string | undefined;
      readonly until: string | undefined;
      readonly kinds: readonly EventKind[] | undefined;
      /** Columns, order and filter of the node table; undefined: the default. */
      readonly table: TableRequest | undefined;
      /** The file to write the report to; undefined: standard output. */
      readonly output: string | undefined;
      /** Seconds between redraws; undefined: print once. */
      readonly watch?: number | undefined;
      /** The support bundle to create. */
      readonly bundle?: string | undefined;
    }
  | { readonly kind: "test_alert" }
  | { readonly kind: "export_keys"; readonly path: string }
  | { readonly kind: "import_keys"; readonly path: string; readonly confirmed: boolean }
  | { readonly kind: "init"; readonly from: "nothing" | "existing nodes" | "anm"; readonly dry_run: boolean }
  | {
      readonly kind: "import";
      readonly dry_run: boolean;
      /** Ids of the nodes to import, as a dry run shows them; undefined: all. */
      readonly ids: readonly NodeId[] | undefined;
      /** Import only nodes in this folder; undefined: any. */
      readonly folder: string | undefined;
    }
  | { readonly kind: "undo" }
  | { readonly kind: "release" }
  | { readonly kind: "migrate_database"; readonly confirmed: boolean; readonly dry_run: boolean }
  | { readonly kind: "remove_lockfile" }
  | { readonly kind: "dockerfile" }
  | { readonly kind: "print_sudoers" }
  | {
      readonly kind: "get_node";
      /** "latest" or a version. */
      readonly version: string;
      /** A local archive to use instead of a download. */
      readonly archive: string | undefined;
      /** Fetch at most once a day, then do a run. */
      readonly then_run: boolean;
      readonly confirmed: boolean;
      readonly dry_run: boolean;
    }
  | { readonly kind: "self_upgrade"; readonly dry_run: boolean }
  | { readonly kind: "completion"; readonly shell: Shell }
  | { readonly kind: "print"; readonly text: Printed }
  | { readonly kind: "version" }
  | { readonly kind: "help" };

/** The request of one command. */
export type RequestOf<K extends Request["kind"]> = Extract<Request, { kind: K }>;
