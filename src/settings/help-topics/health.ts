/** How to have a colony watched. */
export const healthTopic =
  (): string => `wnm --report health prints what the last run found wrong, and how to cure it. It takes no lock, asks
no node, and changes nothing.

  0  well
  1  warning: something to look at
  2  bad: something to fix, such as a node that dies, or no run for 3 minutes
  3  unknown: the database is missing, or cannot be read

-q prints nothing; --json has the same fields. The first line is that of a Nagios plugin.
Run it as the account that owns the colony: no other one can read the database.

Nagios, Icinga, NRPE:
  command[wnm]=sudo -n -u ant /usr/local/bin/wnm --report health

monit:
  check program wnm with path "/usr/local/bin/wnm --report health" as uid "ant" and gid "ant"
      if status != 0 for 2 cycles then alert

systemd, a service that fails when something is bad, and what to start then:
  [Unit]
  OnFailure=tell-me@%n.service
  [Service]
  Type=oneshot
  User=ant
  SuccessExitStatus=1
  ExecStart=/usr/local/bin/wnm --report health
Start it by a timer (OnCalendar=*:0/5).

A script:
    wnm --report health -q || echo "something is wrong"

wnm --report doctor has the same exit codes, and also asks what takes seconds. With --check_releases
it also looks for newer releases of wnm and of the node program, on the network. For a helper:
    wnm --report doctor --bundle bundle.txt
The file has settings, nodes, events and units, without addresses, names and keys. Read it first.
`;
