/** Coming from Python wnm, what differs, and going back. */
export const pythonTopic =
  (): string => `wnm takes over from Python wnm up to 0.6.3: same options, same files, same reports.

Coming: take Python wnm's line out of cron, then run wnm. Its database is first backed up beside
itself (colony.db.<revision>.bak). A dry run shows the first run and changes nothing:
    wnm --dry_run
    wnm

Going back: wnm removes its line from cron and says where everything is; then let cron run Python
wnm, which opens the same database.
    wnm --release

Read as Python wnm reads them: ~/.local/share/wnm/.env as environment, both config files, limits of
0, equal pairs of thresholds, percentages above 100, unknown names in files (with a warning).

What differs, and why:
- A setting given to a run counts in that run: Python wnm used it from the next one on.
- Unknown options, stray words and impossible values are refused, all at once: Python wnm went on
  without them.
- Failures have exit codes (wnm --help exit_codes): Python wnm ended with 0 for a failed action.
- Nodes that went down start again, at the cap too: Python wnm counted them as stopped for good.
- Stopped nodes start at the cap too, before new ones are added: they are not growth.
- --node_cap 0 stops every node and keeps its data: Python wnm removed them.
- Load deletes no node, even when an upgrade waits: Python wnm made room by deleting.
- Pressure stops a node even while others start or wait: otherwise the machine may fail meanwhile.
- No more nodes are stopped or removed than the pressure requires, up to the limits of concurrency:
  Python wnm took as many as the limits allow, each time.
- Stopping and growing go by what has lasted for minutes: Python wnm went by one reading, and
  stopped and started the same nodes over and over. --reaction immediate goes by one reading.
- A removal deletes data, logs and definition, and only then forgets the node: Python wnm left some.
- A removal that nothing asks for any more is cancelled: Python wnm completed it.
- Starting, upgrading and removing end after their delays: with Python wnm each run restarted the
  wait, and a colony stayed at one node.
- A silent node does not count as stopped: it may be busy, and a second start would harm it.
- Upgrades work, happen only when asked for, and start with one node: a bad release costs one.
- When many nodes fail together, nothing is stopped, upgraded or removed until they are back: then
  it is the machine that fails.
- There is no stale lock, and reports need none: Python wnm stayed locked after a crash.
- Databases of older revisions are migrated without being asked, after a backup.
- --action_delay and --survey_delay do what they say.
- The start_args that Python wnm stored are not used until they are set again: it never used them.
- A new database is readable by its owner alone (--database_mode): it holds nodes' variables.
- The log has one line for each action and none for a run that changes nothing: Python wnm wrote a
  line a minute. --log_format python brings its lines back.
- A command that costs more than three nodes needs --confirm: a typing mistake deleted a colony.
- node-status at a terminal is a table with more columns; in a pipe it is as Python wnm has it.
- Weights in rewards_address are written in the digits 0 to 9: Python wnm took those of other
  scripts too.
- node-status-details shows correct paths, and the age of a node after the time of its creation.
`;
