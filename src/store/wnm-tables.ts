/** What wnm keeps beyond Python wnm. Only nullable or defaulted columns and new tables: Python wnm still opens the file. */
export const WNM_TABLES = `
ALTER TABLE node ADD COLUMN wanted TEXT;
-- Status and time at which wanted was stored: where they differ, Python wnm has changed the row since.
ALTER TABLE node ADD COLUMN wanted_with TEXT;
ALTER TABLE node ADD COLUMN pid INTEGER;
ALTER TABLE node ADD COLUMN pid_started INTEGER;
ALTER TABLE node ADD COLUMN boot_id TEXT;
-- When the process, which still lives, was asked to end.
ALTER TABLE node ADD COLUMN stopping_since INTEGER;
-- Whether wnm is ending the process to start it again, and how often its supervisor has started it again.
ALTER TABLE node ADD COLUMN stopping_to_restart INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN supervisor_restarts INTEGER;
ALTER TABLE node ADD COLUMN silent_since INTEGER;
ALTER TABLE node ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN problem TEXT;
ALTER TABLE node ADD COLUMN shunned_count INTEGER;
ALTER TABLE node ADD COLUMN shunned_by_old_close_group INTEGER;
ALTER TABLE node ADD COLUMN previous_version TEXT;
-- Kind of node program, and what is known of nodes that do not report it.
ALTER TABLE node ADD COLUMN software TEXT NOT NULL DEFAULT 'antnode';
ALTER TABLE node ADD COLUMN upgraded_itself INTEGER NOT NULL DEFAULT 0;
-- Since when its supervisor has brought it back from a death; NULL when wnm started it.
ALTER TABLE node ADD COLUMN died_at INTEGER;
ALTER TABLE node ADD COLUMN cpu_seconds REAL;
ALTER TABLE node ADD COLUMN data_bytes INTEGER;
-- What earlier wnm promised the node of the disk; nothing reads it.
ALTER TABLE node ADD COLUMN db_size_gb INTEGER;
ALTER TABLE node ADD COLUMN peers_at INTEGER;
ALTER TABLE node ADD COLUMN webrtc_port INTEGER;
ALTER TABLE node ADD COLUMN routing_at INTEGER;
-- What an ant-node has counted since its start.
ALTER TABLE node ADD COLUMN counters_at INTEGER;
ALTER TABLE node ADD COLUMN sent_bytes INTEGER;
ALTER TABLE node ADD COLUMN received_bytes INTEGER;
ALTER TABLE node ADD COLUMN get_requests INTEGER;
ALTER TABLE node ADD COLUMN put_requests INTEGER;
ALTER TABLE node ADD COLUMN quotes INTEGER;
ALTER TABLE node ADD COLUMN audits_passed INTEGER;
ALTER TABLE node ADD COLUMN audits_failed INTEGER;
-- When the node's records were last counted in its folder, and a count that is not finished.
ALTER TABLE node ADD COLUMN counted_at INTEGER;
ALTER TABLE node ADD COLUMN partial_count TEXT;
-- Whether the node's folder was a disk of its own, and whether the node's key was in it.
ALTER TABLE node ADD COLUMN own_disk INTEGER;
ALTER TABLE node ADD COLUMN has_key INTEGER NOT NULL DEFAULT 0;
-- A move to another storage: where the folder is copied to, and the old one until it is deleted.
ALTER TABLE node ADD COLUMN moving_to TEXT;
ALTER TABLE node ADD COLUMN moving_from TEXT;
-- Why the node is being removed, and what last failed on it.
ALTER TABLE node ADD COLUMN wanted_before TEXT;
ALTER TABLE node ADD COLUMN removal_cause TEXT;
ALTER TABLE node ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE node ADD COLUMN failed_action TEXT;
ALTER TABLE node ADD COLUMN failed_at INTEGER;
ALTER TABLE node ADD COLUMN obstacle TEXT;
-- Content of the node's program that was put there, and of another one in its place.
ALTER TABLE node ADD COLUMN program_sha256 TEXT;
ALTER TABLE node ADD COLUMN strange_program TEXT;
ALTER TABLE machine ADD COLUMN node_software TEXT NOT NULL DEFAULT 'auto';
ALTER TABLE machine ADD COLUMN evm_network TEXT NOT NULL DEFAULT 'arbitrum-one';
ALTER TABLE machine ADD COLUMN network_mode TEXT NOT NULL DEFAULT 'production';
ALTER TABLE machine ADD COLUMN ipv4_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE machine ADD COLUMN node_log_level TEXT NOT NULL DEFAULT 'info';
ALTER TABLE machine ADD COLUMN webrtc_direct TEXT NOT NULL DEFAULT 'on';
ALTER TABLE machine ADD COLUMN stop_grace INTEGER NOT NULL DEFAULT 30;
ALTER TABLE machine ADD COLUMN reaction TEXT NOT NULL DEFAULT 'steady';
ALTER TABLE machine ADD COLUMN replace_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE machine ADD COLUMN firewall TEXT DEFAULT 'auto';
ALTER TABLE machine ADD COLUMN database_mode TEXT NOT NULL DEFAULT '0600';
-- What --get_node takes.
ALTER TABLE machine ADD COLUMN node_channel TEXT NOT NULL DEFAULT 'stable';
ALTER TABLE machine ADD COLUMN node_version_pin TEXT;
ALTER TABLE machine ADD COLUMN node_version_hold INTEGER NOT NULL DEFAULT 0;
ALTER TABLE machine ADD COLUMN node_mirror TEXT;
ALTER TABLE machine ADD COLUMN page_path TEXT;
ALTER TABLE machine ADD COLUMN prometheus_path TEXT;
ALTER TABLE machine ADD COLUMN prometheus_nodes TEXT NOT NULL DEFAULT 'all';
ALTER TABLE machine ADD COLUMN log_format TEXT NOT NULL DEFAULT 'text';
-- Those that were set with wnm, and those that were shown: Python wnm stored others and used none.
ALTER TABLE machine ADD COLUMN start_args_set TEXT;
ALTER TABLE machine ADD COLUMN start_args_shown TEXT;
-- The folders of node_storage after the first, one a line; Python wnm knows one.
ALTER TABLE machine ADD COLUMN more_node_storage TEXT;
-- The file as it was before wnm worked on it, one row: --release leaves it so.
CREATE TABLE found (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  mode INTEGER NOT NULL,
  journal_mode TEXT NOT NULL
);
-- The counters of the last run, one row: the next run computes rates from them.
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
  net_write_bytes INTEGER,
  cpu_group_used INTEGER
);
-- What earlier runs measured: the last minutes, and medians of quarter-hours of a day. One row, less than a page.
CREATE TABLE history (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  samples TEXT NOT NULL,
  quarters TEXT NOT NULL,
  deleted_at INTEGER,
  deleted_free_bytes INTEGER,
  deleted_data_bytes INTEGER,
  failed_adds INTEGER NOT NULL DEFAULT 0,
  add_failed_at INTEGER
);
-- The same of each disk, where nodes lie on several: how full it was. A row per disk, by its first storage.
CREATE TABLE disk_history (
  disk TEXT NOT NULL PRIMARY KEY,
  samples TEXT NOT NULL,
  quarters TEXT NOT NULL,
  deleted_at INTEGER,
  deleted_free_bytes INTEGER,
  deleted_data_bytes INTEGER
) WITHOUT ROWID;
-- How the last working run ended, one row: for monitoring.
CREATE TABLE last_run (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  ended_at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  status TEXT NOT NULL,
  done INTEGER NOT NULL,
  failed INTEGER NOT NULL
);
-- The hour and the day that have not ended: what a run changes in a minute, in a page that it writes anyway.
ALTER TABLE last_run ADD COLUMN tally TEXT;
-- What an idle run waited for: the log says it when it changes.
ALTER TABLE last_run ADD COLUMN awaits TEXT;
-- What happened and why: for people. No rule reads it, and deleting rows loses nothing else.
CREATE TABLE event (
  id INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  node INTEGER,
  kind TEXT NOT NULL,
  from_status TEXT,
  to_status TEXT,
  reason TEXT NOT NULL DEFAULT '',
  readings TEXT,
  "by" TEXT NOT NULL DEFAULT 'cron'
);
CREATE INDEX event_at ON event (at);
-- A node is asked about by its number: without it, 20 000 events are read for the few of one node.
CREATE INDEX event_node ON event (node, at);
-- The machine by the hour for a year.
CREATE TABLE machine_hour (
  began_at INTEGER NOT NULL PRIMARY KEY,
  runs INTEGER NOT NULL DEFAULT 0,
  acted INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  longest_gap INTEGER NOT NULL DEFAULT 0,
  nodes INTEGER NOT NULL DEFAULT 0,
  fewest_up INTEGER NOT NULL DEFAULT 0,
  most_up INTEGER NOT NULL DEFAULT 0,
  records INTEGER NOT NULL DEFAULT 0,
  earned TEXT NOT NULL DEFAULT '0',
  free_hd_bytes INTEGER,
  used_cpu_percent REAL,
  used_mem_percent REAL,
  used_hd_percent REAL,
  load_average_1 REAL,
  load_average_5 REAL,
  load_average_15 REAL,
  hdio_read_bytes REAL,
  hdio_write_bytes REAL,
  netio_read_bytes REAL,
  netio_write_bytes REAL
);
-- Each node by the day for 90 days.
CREATE TABLE node_day (
  day TEXT NOT NULL,
  node INTEGER NOT NULL,
  up_seconds INTEGER NOT NULL DEFAULT 0,
  deaths INTEGER NOT NULL DEFAULT 0,
  records INTEGER,
  earned TEXT NOT NULL DEFAULT '0',
  shunned INTEGER,
  PRIMARY KEY (day, node)
) WITHOUT ROWID;
-- What the last run found wrong, and since when; node 0 is the colony. Not open: it has not lasted for long enough.
CREATE TABLE finding (
  key TEXT NOT NULL,
  node INTEGER NOT NULL,
  subject TEXT NOT NULL,
  severity TEXT NOT NULL,
  since INTEGER NOT NULL,
  open INTEGER NOT NULL,
  sentence TEXT NOT NULL,
  cure TEXT,
  PRIMARY KEY (key, node, subject)
) WITHOUT ROWID;
-- Folders that hold nodes and the identity that their marker must carry.
CREATE TABLE storage (
  path TEXT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL
);
-- What the operator's programs said of themselves, by content; no other program is ever asked.
CREATE TABLE program (
  sha256 TEXT NOT NULL PRIMARY KEY,
  software TEXT NOT NULL,
  version TEXT NOT NULL,
  flags TEXT NOT NULL
);
-- Content of program files when they were last read; read again only when the file changes.
CREATE TABLE program_file (
  path TEXT NOT NULL PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  sha256 TEXT NOT NULL
);
-- Versions that failed their probation; not tried again until the operator asks for it.
CREATE TABLE bad_version (
  version TEXT NOT NULL PRIMARY KEY,
  because TEXT NOT NULL,
  since INTEGER NOT NULL
);
-- Containers: how they are made, and the folder that their nodes' folders are in.
ALTER TABLE machine ADD COLUMN docker_path TEXT;
ALTER TABLE machine ADD COLUMN docker_args TEXT;
ALTER TABLE container ADD COLUMN storage TEXT NOT NULL DEFAULT '';
-- Where alerts go, with what opens it.
ALTER TABLE machine ADD COLUMN alert_url TEXT;
ALTER TABLE machine ADD COLUMN alert_template TEXT;
ALTER TABLE machine ADD COLUMN alert_level TEXT NOT NULL DEFAULT 'warning';
ALTER TABLE machine ADD COLUMN alert_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE machine ADD COLUMN alert_repeat INTEGER NOT NULL DEFAULT 86400;
ALTER TABLE machine ADD COLUMN ping_url TEXT;
`;
