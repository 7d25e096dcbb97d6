import type { Seconds } from "../model/node.ts";
import type { Identified } from "../model/program.ts";
import type { NodeFile } from "../model/program-path.ts";

/** What a survey needs. */
export type SurveyContext = {
  /** The pause in milliseconds between querying one node and the next. */
  readonly delay_ms: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => Seconds;
  /** Identifies a node's program file without running it. */
  readonly identify: (path: NodeFile) => Identified;
};
