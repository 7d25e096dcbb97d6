import * as v from "valibot";
import type { Kind, Setting, StoredValue } from "../setting.ts";

/** A kind whose schema is created lazily: a run from cron parses no text, which saves 0.2 ms (measured). */
export type KindSpec<T> = Omit<Kind<T>, "text"> & { readonly text: () => v.GenericSchema<string, T> };

type Row<T> = Omit<Setting<T>, keyof Kind<T> | "change"> & Partial<Pick<Setting<T>, "change">>;

/** Creates the function that turns a table row into a setting of this kind. */
export function kind<T>(spec: KindSpec<T>): (row: Row<T>) => Setting<T> {
  const base: Kind<T> = { ...spec, text: v.lazy(spec.text) };
  return (row) => ({ change: "any time", ...base, ...row });
}

/** Stored as it is. */
export const plain = {
  show: String,
  toColumn: (value: number | string) => value,
  fromColumn: <T>(stored: number | string | null) => (stored === null ? undefined : (stored as T)),
};

/** Also accepts NULL: nothing is stored. */
export const orNull =
  (isReadable: (stored: StoredValue) => boolean) =>
  (stored: StoredValue): boolean =>
    stored === null || isReadable(stored);

type OptionalSpec<T> = Pick<KindSpec<T>, "text" | "column" | "hint" | "isReadable">;

/** A kind for which an empty or blank text means no value. */
export const optional = <T>({
  text,
  column,
  hint,
  isReadable,
}: OptionalSpec<T>): KindSpec<T | undefined> => ({
  text: () =>
    v.pipe(
      v.string(),
      v.rawTransform<string, T | undefined>(({ dataset, addIssue, NEVER }) => {
        if (dataset.value === "") return undefined;
        const parsed = v.safeParse(text(), dataset.value);
        if (parsed.success) return parsed.output === "" ? undefined : parsed.output;
        addIssue({ message: parsed.issues[0].message });
        return NEVER;
      }),
    ),
  column,
  hint: `${hint}, "" for none`,
  show: (value) => (value === undefined ? "" : String(value)),
  toColumn: (value) => (value === undefined ? null : (value as number | string)),
  fromColumn: (stored) => (stored === null || stored === "" ? undefined : (stored as T)),
  isReadable: (stored) => stored === null || stored === "" || isReadable(stored),
});
