/** What wnm keeps beyond Python wnm. Only nullable or defaulted columns and new tables: Python wnm still opens the file. */
export const WNM_TABLES = `
ALTER TABLE node ADD COLUMN wanted TEXT;
-- Status and time that wanted was stored with: where they differ, Python wnm has changed the row since.
ALTER TABLE node ADD COLUMN wanted_with TEXT;
ALTER TABLE node ADD COLUMN pid INTEGER;
ALTER TABLE node ADD COLUMN pid_started INTEGER;
ALTER TABLE node ADD COLUMN boot_id TEXT;
ALTER TABLE node ADD COLUMN silent_since INTEGER;
ALTER TABLE node ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN problem TEXT;
ALTER TABLE node ADD COLUMN shunned_count INTEGER;
ALTER TABLE node ADD COLUMN shunned_by_old_close_group INTEGER;
ALTER TABLE node ADD COLUMN previous_version TEXT;
-- Kind of node program, and what is known of nodes that do not tell it.
ALTER TABLE node ADD COLUMN software TEXT NOT NULL DEFAULT 'antnode';
ALTER TABLE node ADD COLUMN upgraded_itself INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN cpu_seconds REAL;
ALTER TABLE node ADD COLUMN data_bytes INTEGER;
ALTER TABLE node ADD COLUMN db_size_gb INTEGER;
ALTER TABLE node ADD COLUMN peers_at INTEGER;
ALTER TABLE machine ADD COLUMN node_software TEXT NOT NULL DEFAULT 'auto';
ALTER TABLE machine ADD COLUMN evm_network TEXT NOT NULL DEFAULT 'arbitrum-one';
ALTER TABLE machine ADD COLUMN network_mode TEXT NOT NULL DEFAULT 'production';
ALTER TABLE machine ADD COLUMN ipv4_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE machine ADD COLUMN node_log_level TEXT NOT NULL DEFAULT 'info';
ALTER TABLE machine ADD COLUMN replace_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE machine ADD COLUMN firewall TEXT DEFAULT 'auto';
-- The counters of the last run, one row: the next run makes rates of them.
CREATE TABLE sample (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  boot_id TEXT NOT NULL,
  taken_at INTEGER NOT NULL,
  uptime REAL NOT NULL,
  cpu_total INTEGER,
  cpu_idle INTEGER,
  cpu_iowait INTEGER,
  disk_read_bytes INTEGER,
  disk_write_bytes INTEGER,
  net_read_bytes INTEGER,
  net_write_bytes INTEGER
);
-- How the last working run ended, one row: for those that watch from outside.
CREATE TABLE last_run (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  ended_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  status TEXT NOT NULL,
  done INTEGER NOT NULL,
  failed INTEGER NOT NULL
);
-- Folders that hold nodes and the identity that their marker must carry.
CREATE TABLE storage (
  path TEXT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL
);
-- What node programs said of themselves; asked again only when the file changes.
CREATE TABLE binary (
  path TEXT NOT NULL PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  software TEXT NOT NULL,
  version TEXT NOT NULL,
  flags TEXT NOT NULL
);
-- Versions that failed their probation; not tried again until a hand does.
CREATE TABLE bad_version (
  version TEXT NOT NULL PRIMARY KEY,
  because TEXT NOT NULL,
  since INTEGER NOT NULL
);
-- Containers: how they are made, and the folder that their nodes' folders are in.
ALTER TABLE machine ADD COLUMN docker_path TEXT;
ALTER TABLE machine ADD COLUMN docker_args TEXT;
ALTER TABLE container ADD COLUMN storage TEXT NOT NULL DEFAULT '';
`;
