import type { Database } from "bun:sqlite";
import { WnmError } from "../errors.ts";
import { type MachineConfig, SETTING_NAMES, type SettingName, settingOf } from "../settings/machine.ts";
import { managerMeant } from "./legacy-rows.ts";
import { PUT_BACK } from "./sentences.ts";

type Stored = number | string | null;

const column = (name: SettingName, value: unknown): Stored => settingOf(name).toColumn(value);

/** The settings as stored; undefined when the colony has none, which is a colony half made. */
export function readMachine(db: Database): Partial<MachineConfig> | undefined {
  const row = db.query<Record<string, Stored>, []>("SELECT * FROM machine ORDER BY id LIMIT 1").get();
  if (row === null) return undefined;
  const stored: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const value = row[name];
    if (value === undefined) continue;
    if (!fits(value, settingOf(name).column))
      throw new WnmError(`The setting ${name} is damaged in the database. Nothing was changed. ${PUT_BACK}`);
    stored[name] = settingOf(name).fromColumn(value);
  }
  return {
    ...stored,
    process_manager: managerMeant(String(row.process_manager ?? ""), String(row.node_storage)),
  } as Partial<MachineConfig>;
}

/** No setting is below zero, and SQLite keeps in a column whatever was put there. */
const fits = (value: unknown, column: "INTEGER" | "REAL" | "TEXT"): boolean =>
  value === null || (column === "TEXT" ? typeof value !== "object" : typeof value === "number" && value >= 0);

/** Writes the first and only row. */
export function insertMachine(db: Database, config: MachineConfig, cpu_count: number): void {
  const names = ["id", "cpu_count", ...SETTING_NAMES];
  const values = [1, cpu_count, ...SETTING_NAMES.map((name) => column(name, config[name]))];
  db.query(`INSERT INTO machine (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`).run(
    ...values,
  );
}

/** Writes what has changed. */
export function updateMachine(db: Database, changes: Partial<MachineConfig>): void {
  const names = SETTING_NAMES.filter((name) => name in changes);
  if (names.length === 0) return;
  const values = names.map((name) => column(name, changes[name]));
  db.query(`UPDATE machine SET ${names.map((name) => `${name} = ?`).join(", ")}`).run(...values);
}
