import * as v from "valibot";
import { quoted } from "../../base/text.ts";
import { kind } from "./kind.ts";

/**
 * Node names in any usual form: antnode0001, antnode0001.service, 1, comma lists. Gives their ids. A name without
 * leading zeros, as antctl spells them, stays a name: its number may not be the node's id.
 */
export const nodeNames = kind<readonly (number | string)[]>({
  text: () =>
    v.pipe(
      v.string(),
      v.rawTransform<string, readonly (number | string)[]>(({ dataset, addIssue, NEVER }) => {
        const ids = new Set<number | string>();
        for (const name of dataset.value.split(",").map((part) => part.trim())) {
          const id = idOrName(name);
          if (id === undefined) {
            addIssue({
              message: `Invalid node name: Expected antnode0001 or 1 but received ${quoted(name)}`,
            });
            return NEVER;
          }
          ids.add(id);
        }
        return [...ids];
      }),
    ),
  column: "TEXT",
  hint: "node names, comma separated",
  show: (ids) => ids.join(","),
  toColumn: (ids) => ids.join(","),
  fromColumn: () => undefined,
  isReadable: () => false,
});

function idOrName(name: string): number | string | undefined {
  const digits = /^(?:antnode)?0*([1-9]\d{0,6})(?:\.service)?$/.exec(name)?.[1];
  if (digits === undefined) return undefined;
  return /^antnode[1-9]\d{0,2}(\.service)?$/.test(name) ? `antnode${digits}` : Number(digits);
}
