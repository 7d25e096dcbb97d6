import { Database } from "bun:sqlite";
import { WnmError } from "../../base/errors.ts";

/** The values with which Python wnm added columns; a column that is not here was always there or may be NULL. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  machine: {
    hdio_read_less_than: 0,
    hdio_read_remove: 0,
    hdio_write_less_than: 0,
    hdio_write_remove: 0,
    netio_read_less_than: 0,
    netio_read_remove: 0,
    netio_write_less_than: 0,
    netio_write_remove: 0,
    delay_restart: 600,
    survey_delay: 0,
    action_delay: 0,
    metrics_port_start: 13,
    rpc_port_start: 30,
    host: "127.0.0.1",
    crisis_bytes: 2_000_000_000,
    max_concurrent_upgrades: 1,
    max_concurrent_starts: 1,
    max_concurrent_removals: 1,
    max_concurrent_operations: 1,
    node_removal_strategy: "youngest",
    max_node_per_container: 200,
    min_container_count: 1,
    docker_image: "iweave/antnode:latest",
    no_upnp: 1,
    antnode_path: "~/.local/bin/antnode",
    antctl_path: "~/.local/bin/antctl",
    antctl_debug: 0,
  },
  node: {
    machine_id: 1,
    manager_type: "systemd",
    rpc_port: 0,
    connected_peers: 0,
    gets: 0,
    puts: 0,
    mem: 0,
    cpu: 0,
    open_connections: 0,
    total_peers: 0,
    bad_peers: 0,
    rel_records: 0,
    max_records: 0,
    rewards: "0",
    payment_count: 0,
    live_time: 0,
    network_size: 0,
    host: "127.0.0.1",
    method: "systemd",
    layout: "1",
  },
};

/** Revisions of Python wnm, the oldest first; the last is 0.5.0's. */
const REVISIONS = [
  "eeec2af7114c",
  "62bd2784638c",
  "abc5afa09a61",
  "ade8fcd1fc9a",
  "7c5a573319da",
  "44f23f078686",
  "3249fcc20390",
  "fa0ca0abff5c",
  "00dd80bcd645",
  "67fe02809d26",
  "ba757077b6b0",
  "752bf4495eaa",
  "e2f4a512d24c",
] as const;

/** A column of table `machine` that shows the revision, the newest first. */
const SIGNS: readonly (readonly [column: string, revision: (typeof REVISIONS)[number]])[] = [
  ["highest_node_id_used", "e2f4a512d24c"],
  ["antctl_version", "752bf4495eaa"],
  ["antctl_path", "ba757077b6b0"],
  ["action_delay", "67fe02809d26"],
  ["survey_delay", "fa0ca0abff5c"],
  ["node_cap", "eeec2af7114c"],
];

/** The first releases (to 0.0.9) spelled settings as anm does and counted delays in minutes. */
const FIRST_RELEASES = "0.0.9";
const MINUTES = ["delay_start", "delay_upgrade", "delay_remove"] as const;

type Column = {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
};

const columnsOf = (db: Database, table: string): readonly Column[] =>
  db.query<Column, []>(`PRAGMA table_info("${table}")`).all();

const quoted = (value: number | string): string =>
  typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;

/** The Python revision of the tables: alembic_version where there is one, else by the columns. */
export function pythonRevision(db: Database): string {
  const [stamped] = stampsOf(db);
  if (stamped !== undefined) return stamped;
  const columns = new Set(columnsOf(db, "machine").map(({ name }) => name));
  return SIGNS.find(([column]) => columns.has(column))?.[1] ?? FIRST_RELEASES;
}

/** Alembic names a revision with 12 hexadecimal digits. */
const isRevision = (stored: unknown): stored is string =>
  typeof stored === "string" && /^[0-9a-f]{12}$/.test(stored);

/** The revisions that are stored. Anything else in their place says nothing; the columns show the revision. */
function stampsOf(db: Database): readonly string[] {
  if (columnsOf(db, "alembic_version").length === 0) return [];
  return db
    .query<{ version_num: unknown }, []>("SELECT version_num FROM alembic_version")
    .all()
    .flatMap(({ version_num }) => (isRevision(version_num) ? [version_num] : []));
}

/** Throws WnmError when a newer Python wnm has changed the tables; what it changed is unknown. */
export function refuseNewerPython(db: Database): void {
  const unknown = stampsOf(db).filter((stamp) => !(REVISIONS as readonly string[]).includes(stamp));
  if (unknown.length > 0) {
    throw new WnmError(
      `The database was written by a newer Python wnm (revision ${unknown.join(", ")}; this wnm knows up to ${REVISIONS.at(-1)}). Nothing was changed. Install a newer wnm, or put a backup (colony.db.*.bak) in its place.`,
    );
  }
}

/**
 * Brings the tables of any Python revision to those that `script` makes, by the columns that are there; rows keep
 * their values. Call it inside a transaction. Throws WnmError for tables of no known revision.
 */
export function adoptTables(db: Database, script: string): void {
  using wanted = new Database(":memory:");
  wanted.run(script);
  const in_minutes = columnsOf(db, "machine").some(({ name }) => name === "DelayStart");
  const there = new Set(definitionsOf(db).map(({ name }) => name));
  for (const { name, sql, type } of definitionsOf(wanted)) {
    if (!there.has(name)) db.run(sql);
    else if (type === "table") adoptTable(db, name, columnsOf(wanted, name));
  }
  if (in_minutes) for (const name of MINUTES) db.run(`UPDATE machine SET ${name} = ${name} * 60`);
  db.run("DELETE FROM alembic_version");
  db.query("INSERT INTO alembic_version (version_num) VALUES (?)").run(REVISIONS.at(-1) ?? "");
  repairMode(db);
}

type Definition = { readonly name: string; readonly sql: string; readonly type: string };

const definitionsOf = (db: Database): readonly Definition[] =>
  db
    .query<Definition, []>(
      "SELECT name, sql, type FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index'",
    )
    .all();

function adoptTable(db: Database, table: string, wanted: readonly Column[]): void {
  const known = new Set(wanted.map(({ name }) => name));
  const byLetters = new Map(wanted.map(({ name }) => [letters(name), name]));
  const there = new Set<string>();
  for (const { name, notnull, dflt_value } of columnsOf(db, table)) {
    const spelled = known.has(name) ? name : byLetters.get(letters(name));
    if (spelled === undefined && notnull === 1 && dflt_value === null) {
      throw unknownTable(table, `has a column ${name} that this wnm does not know`);
    }
    if (spelled === undefined) continue;
    if (spelled !== name) db.run(`ALTER TABLE ${table} RENAME COLUMN "${name}" TO ${spelled}`);
    there.add(spelled);
  }
  for (const { name, type, notnull, dflt_value } of wanted) {
    const python = DEFAULTS[table]?.[name];
    const fallback = python === undefined ? dflt_value : quoted(python);
    if (there.has(name)) {
      if (notnull === 1 && fallback !== null)
        db.run(`UPDATE ${table} SET ${name} = ${fallback} WHERE ${name} IS NULL`);
      continue;
    }
    if (notnull === 1 && fallback === null) throw unknownTable(table, `lacks the column ${name}`);
    const rule = notnull === 1 ? " NOT NULL" : "";
    const value = fallback === null ? "" : ` DEFAULT ${fallback}`;
    db.run(`ALTER TABLE ${table} ADD COLUMN ${name} ${type}${rule}${value}`);
  }
}

const letters = (name: string): string => name.replaceAll("_", "").toLowerCase();

const unknownTable = (table: string, what: string): WnmError =>
  new WnmError(
    `The database was written by no wnm that this one knows: its table ${table} ${what}. Nothing was changed. Install the wnm that wrote it, or put a backup (colony.db.*.bak) in its place.`,
  );

/** Repairs a colony without nodes that Python wnm 0.5.0 made as root, in the system's folders, and marked as a user's. */
function repairMode(db: Database): void {
  db.run(
    `UPDATE machine SET process_manager = replace(process_manager, '+user', '+sudo')
     WHERE (node_storage LIKE '/var/antctl/%' OR node_storage LIKE '/Library/%') AND NOT EXISTS (SELECT 1 FROM node)`,
  );
}
