import type { Call } from "./call.ts";
import type { NewColony } from "./init.ts";
import type { Given } from "./settings/given.ts";

/** A colony to be, without its nodes. */
export type Beginning = Omit<NewColony, "nodes">;

/** What is needed to make a colony of what another manager left. */
export type Takeover = {
  readonly call: Call;
  /** Reads all options again above those that were learned. Throws UsageError with every issue. */
  readonly begin: (learned?: Given) => Promise<Beginning>;
};

/** Settings learned from `from`, as a source of options. */
export const learnedSource = (learned: ReadonlyMap<string, string>, from: string): Given =>
  new Map([...learned].map(([name, text]) => [name, { text, from, layer: "takeover" }]));
