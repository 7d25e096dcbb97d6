import type { Database } from "bun:sqlite";
import { WnmError } from "../base/errors.ts";
import { type Folders, isFolderPath } from "../settings/kinds/texts.ts";
import { type MachineConfig, SETTING_NAMES, type SettingName, settingOf } from "../settings/machine.ts";
import type { StoredValue } from "../settings/setting.ts";
import { MANAGER_WORDS, type StoredRow, shown } from "./columns.ts";
import { managerMeant } from "./python/rows.ts";

/** The stored settings, and the text of unreadable ones. */
export type MachineRow = {
  readonly settings: Partial<MachineConfig>;
  readonly unreadable: ReadonlyMap<SettingName, string>;
  readonly python_args: PythonArgs | undefined;
};

/** start_args stored by Python wnm, which never used them; wnm ignores them until they are set again. */
export type PythonArgs = { readonly text: string; readonly was_shown: boolean };

/** The settings; undefined for a colony without a row, which is incomplete. */
export function readMachine(db: Database): MachineRow | undefined {
  const row = db.query<StoredRow, []>("SELECT * FROM machine ORDER BY id LIMIT 1").get();
  if (row === null) return undefined;
  const settings: Record<string, unknown> = {};
  const unreadable = new Map<SettingName, string>();
  const python_args = pythonArgs(row);
  for (const name of SETTING_NAMES) {
    const value = row[name];
    if (value === undefined) continue;
    if (name === "start_args" && python_args !== undefined) {
      settings.start_args = undefined;
      continue;
    }
    const { isReadable, fromColumn, blank } = settingOf(name);
    const stored = name === "process_manager" ? fullName(value, row.node_storage) : value;
    if (stored instanceof Uint8Array || !isReadable(stored))
      unreadable.set(name, blank === undefined ? textOf(value) : "[blank]");
    // NULL means not stored, unless the setting may be empty.
    else if (stored !== null || isReadable("")) settings[name] = fromColumn(stored);
  }
  const more = moreFolders(row.more_node_storage);
  if (more === undefined) unreadable.set("node_storage", textOf(row.more_node_storage ?? ""));
  else if (settings.node_storage !== undefined)
    settings.node_storage = [...new Set([...(settings.node_storage as Folders), ...more])];
  return { settings: settings as Partial<MachineConfig>, unreadable, python_args };
}

/** The folders of node_storage after the first, which Python wnm does not support; undefined when unreadable. */
function moreFolders(stored: StoredValue | undefined): readonly string[] | undefined {
  if (stored === null || stored === undefined || stored === "") return [];
  const folders = typeof stored === "string" ? stored.split("\n") : [];
  return folders.length > 0 && folders.every(isFolderPath) ? folders : undefined;
}

/** The stored form of the folders after the first. */
const moreColumn = ([, ...more]: Folders): string | null => (more.length === 0 ? null : more.join("\n"));

function pythonArgs({ start_args, start_args_set, start_args_shown }: StoredRow): PythonArgs | undefined {
  if (start_args === undefined || start_args === null || start_args === start_args_set) return undefined;
  const text = textOf(start_args);
  return text.trim() === "" ? undefined : { text, was_shown: start_args_shown === text };
}

/** Completes the manager of older rows, which name only the supervisor or nothing, from the location of the folders. */
const fullName = (stored: StoredValue, node_storage: StoredValue | undefined): StoredValue =>
  stored === null || stored === "" || MANAGER_WORDS.some((word) => word === stored)
    ? managerMeant(String(stored ?? ""), String(node_storage))
    : stored;

const textOf = (stored: StoredValue): string => (typeof stored === "string" ? stored : shown(stored));

/** Converts a value to its column. Throws WnmError for one that could not be read back. */
function column(name: SettingName, value: unknown): number | string | null {
  const { toColumn, isReadable } = settingOf(name);
  const stored = toColumn(value);
  if (isReadable(stored)) return stored;
  throw new WnmError(
    `The setting ${name} would be stored as ${shown(stored)}, which could not be read again; nothing was stored. This is a bug in wnm; please report it`,
  );
}

export function insertMachine(db: Database, config: MachineConfig, cpu_count: number): void {
  const names = ["id", "cpu_count", ...SETTING_NAMES, "start_args_set", "more_node_storage"];
  const stored = SETTING_NAMES.map((name) => column(name, config[name]));
  const values = [
    1,
    cpu_count,
    ...stored,
    column("start_args", config.start_args),
    moreColumn(config.node_storage),
  ];
  db.query(`INSERT INTO machine (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`).run(
    ...values,
  );
}

/** Writes the changed settings. */
export function updateMachine(db: Database, changes: Partial<MachineConfig>): void {
  const names = SETTING_NAMES.filter((name) => name in changes);
  if (names.length === 0) return;
  const values = names.map((name) => column(name, changes[name]));
  db.query(`UPDATE machine SET ${names.map((name) => `${name} = ?`).join(", ")}`).run(...values);
  if (changes.node_storage !== undefined)
    db.query("UPDATE machine SET more_node_storage = ?").run(moreColumn(changes.node_storage));
  if ("start_args" in changes) db.run("UPDATE machine SET start_args_set = start_args");
}

/** Records that the operator was told about these start_args of Python wnm. */
export function saveShownArgs(db: Database, text: string): void {
  db.query("UPDATE machine SET start_args_shown = ?").run(text);
}
