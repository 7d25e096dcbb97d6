/** What is logged, where, and how to have it as Python wnm wrote it. */
export const logTopic =
  (): string => `The log goes to standard error; results and reports go to standard output. Under cron both
usually go to one file:
  * * * * * wnm >> ~/wnm.log 2>&1

  2026-11-28T15:04:01Z INFO add antnode0005: 4 nodes < node_cap 20; cpu 12.0 % < 50 %
  2026-11-28T15:05:01Z INFO antnode0005 is starting, 1 of 5 min; the next one at 15:09Z
  2026-11-28T15:11:01Z WARNING antnode0003 has died 3 times in an hour
A line has the time (UTC), the level and one event. At a terminal it has no time.

An action is one line, written at its end. A run that changes nothing prints nothing; what the
colony waits for is logged when that changes, and a finding when it begins and when it is over.
Why cron's runs are refused is logged when that begins or changes, and once a day while it lasts;
their exit code is the same each time.
What happened before: wnm --report history. Why nothing happens: wnm --report why.

  --loglevel LEVEL   DEBUG also says why nothing was done, in each run
  -q                 errors only
  -v                 also settings, metrics and decisions
  --json             the result of the run as JSON on standard output

For programs that parse the log of Python wnm, stored until it is changed:
    wnm --log_format python
Each line is then "INFO [root] ...", and each run ends with its result, also when it is idle:
  INFO [root] Action: {"status":"idle","reason":"..."}
`;
