import * as v from "valibot";
import { normaliseAddress, parseRewards, rewardsProblem } from "../rewards.ts";
import { kind, plain } from "./kind.ts";
import { isLine, lineText } from "./texts.ts";

/** One 0x address; if in mixed case, its checksum must be valid. */
export const address = kind<string>({
  text: () =>
    v.pipe(
      v.string(),
      v.trim(),
      v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
        const checked = normaliseAddress(dataset.value);
        if ("address" in checked) return checked.address;
        addIssue({ message: `Invalid address: ${checked.problem}` });
        return NEVER;
      }),
    ),
  column: "TEXT",
  hint: "0x address",
  ...plain,
  // Python wnm checks no checksum.
  isReadable: (stored) => typeof stored === "string" && /^0x[0-9a-fA-F]{40}$/.test(stored),
});

/** An address, a name (faucet, donate), or a weighted list of both; kept as typed. It never has a default. */
export const rewards = kind<string | undefined>({
  text: () =>
    v.pipe(
      lineText(),
      v.trim(),
      v.rawCheck(({ dataset, addIssue }) => {
        const problem = dataset.typed ? rewardsProblem(dataset.value) : undefined;
        if (problem !== undefined) addIssue({ message: `Invalid rewards address: ${problem}` });
      }),
    ),
  column: "TEXT",
  hint: "0x address, faucet, donate, or weighted list such as 0x…:90,donate:10",
  show: (value) => value ?? "",
  toColumn: (value) => value ?? null,
  fromColumn: (stored) => (stored === null ? undefined : String(stored)),
  isReadable: (stored) => isLine(stored) && "shares" in parseRewards(stored),
});
