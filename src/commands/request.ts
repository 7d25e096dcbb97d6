import type { Target } from "../decide/force.ts";
import type { ForcedActionType } from "../model/action-types.ts";
import type { EventKind } from "../model/event.ts";
import type { NodeId } from "../model/node.ts";
import type { TableRequest } from "../report/node-table.ts";
import type { Printed } from "../settings/printed.ts";
import type { Format, ReportName } from "../settings/reports.ts";
import type { Shell } from "../settings/run-options.ts";

/** What the user asked for: exactly one thing. */
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
      /** Limits of a history, as they were typed. */
      readonly since: string | undefined;
      readonly until: string | undefined;
      readonly kinds: readonly EventKind[] | undefined;
      /** What the table of nodes shows; undefined: the default. */
      readonly table: TableRequest | undefined;
      /** File that the report is written to; undefined: standard output. */
      readonly output: string | undefined;
      /** Seconds between one drawing and the next; undefined: it is printed once. */
      readonly watch?: number | undefined;
      /** New file for what a helper needs. */
      readonly bundle?: string | undefined;
    }
  | { readonly kind: "test_alert" }
  | { readonly kind: "export_keys"; readonly path: string }
  | { readonly kind: "import_keys"; readonly path: string; readonly confirmed: boolean }
  | { readonly kind: "init"; readonly from: "nothing" | "existing nodes" | "anm"; readonly dry_run: boolean }
  | {
      readonly kind: "import";
      readonly dry_run: boolean;
      /** Numbers of the nodes that are meant, as a dry run shows them; undefined: all. */
      readonly ids: readonly NodeId[] | undefined;
      /** The folder in which they lie; undefined: any. */
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
      /** File to take instead of a download. */
      readonly archive: string | undefined;
      /** Look once a day, and do a run afterwards. */
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
