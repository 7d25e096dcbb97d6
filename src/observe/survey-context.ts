import type { Seconds } from "../model/node.ts";
import type { Identified } from "../model/program.ts";
import type { NodeFile } from "../model/program-path.ts";

/** What a survey works with. */
export type SurveyContext = {
  /** Pause between asking one node and the next, in milliseconds. */
  readonly delay_ms: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => Seconds;
  /** Says what a node's program file is, without running it. */
  readonly identify: (path: NodeFile) => Identified;
};
