import type * as v from "valibot";
import type { HostFacts } from "../model/host.ts";
import type { CommandName } from "./commands.ts";

/** A kind of value: how its text is read, how it is stored, and what help says it looks like. */
export type Kind<T> = {
  readonly text: v.GenericSchema<string, T>;
  readonly column: "INTEGER" | "REAL" | "TEXT";
  /** The unit or the choices, as help shows them. */
  readonly hint: string;
  /** True for a switch: given without a value it means true. */
  readonly is_switch?: true;
  /** Every possible value, if they can be listed; shells complete them. */
  readonly choices?: readonly string[];
  /** True for the name of a file or folder; shells complete it. */
  readonly is_path?: true;
  /** True for a list; an option that is given several times adds to it. */
  readonly is_list?: true;
  /** Text that `text` reads back as this value. */
  show(value: T): string;
  /** Set on what opens something, such as an address with a token: how logs and reports show it. */
  blank?(value: T): string;
  /** The stored form, which is always readable. */
  toColumn(value: T): number | string | null;
  /** The value of a stored form; undefined when nothing is stored. */
  readonly fromColumn: (stored: number | string | null) => T | undefined;
  /**
   * True when `fromColumn` yields a valid value, since SQLite stores any type in any column. Accepts more than `text`,
   * because Python wnm stored more.
   */
  readonly isReadable: (stored: StoredValue) => boolean;
};

/** What a column of the database may hold. */
export type StoredValue = number | string | null | Uint8Array;

/** What a run does not do while the stored value is unreadable. Only delays and display options fall back to a default. */
export type Dependents =
  /** No node is added. */
  | "adding"
  /** No node is added or started. */
  | "starting"
  /** Only a node with a wallet of its own is started; none is added. */
  | "paying"
  /** wnm itself decides nothing that changes which nodes run; the operator may. */
  | "deciding"
  /** wnm itself removes no node. */
  | "removing"
  /** Nothing is done to any node: the program that would do it is not known. */
  | "everything"
  /** The default takes its place. */
  | "nothing";

/** A row of the settings table or of the table of run options. */
export type Setting<T> = Kind<T> & {
  readonly group: string;
  readonly help: string;
  readonly default: T | ((host: HostFacts) => T);
  readonly change: "any time" | "at init" | "with update_config";
  /** Set on columns that Python wnm has but no flag sets. */
  readonly stored_only?: true;
  /** Read from the environment only as WNM_NAME, because other programs use the plain name. */
  readonly prefixed?: true;
  /** The value of the option when it is given without one. */
  readonly alone?: string;
  /** Accepted only on the command line. */
  readonly typed_only?: true;
  /** What depends on a stored setting. Run options, which are not stored, have none. */
  readonly needed_for?: Dependents;
  /** Set on an option that is a command: the command of a call with this option. */
  readonly command?: CommandName;
  /** Commands in which this option does something; others refuse it. */
  readonly goes_with?: readonly CommandName[];
};

/** The type of a setting's values. */
export type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** The value as logs and reports show it. */
export const shownValue = <T>({ show, blank }: Setting<T>, value: T): string => (blank ?? show)(value);
