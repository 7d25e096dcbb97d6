/** Where the files of each mode are. */
export const filesTopic = (): string => `Files:
  what (Linux)                    user mode                         sudo mode
  settings and nodes              ~/.local/share/autonomi/colony.db /var/antctl/colony.db
  the nodes' folders              ~/.local/share/autonomi/node      /var/antctl/services
  the nodes' logs                 ~/.local/share/autonomi/logs      /var/log/antnode
  previous programs, for rollback ~/.local/share/autonomi/programs  /var/antctl/programs
  NAME=value, each run            ~/.local/share/autonomi/.env      /var/antctl/.env
  NAME=value, each run            ~/.local/share/wnm/.env, -c FILE, ~/wnm/config,
                                  ~/.local/share/wnm/config
  this program                    ~/.local/bin/wnm, the one before as ~/.local/bin/wnm.previous
  output of cron's runs           ~/.local/share/wnm/cron.log (root: /var/log/wnm/cron.log)
Beside colony.db:
  .wnm-lock                       the lock, which stays
  wnm_active                      exists while a run works; between runs it is .wnm_active
  .wnm-ballast                    space that is reserved for a full disk
  colony.db.alerts                the alerts that were sent, and where to; with its .lock
  colony.db-wal                   the database's log, which stays: never delete it alone
On macOS the colony is in ~/Library/Application Support/autonomi and its logs are in
~/Library/Logs/autonomi; in sudo mode both are below /Library.
`;
