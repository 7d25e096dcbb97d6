import type { CronRemoval } from "./remove-cron-entries.ts";

/** Describes what was removed from the crontabs and what was left. */
export const cronRemovalLines = ({ removed, starting, others, copies }: CronRemoval): readonly string[] => [
  ...(removed.length > 0 ? ["Removed:"] : []),
  ...(removed.length + starting.length === 0 ? ["No cron entry or timer was starting wnm."] : []),
  ...removed.map((line) => `  ${line}`),
  ...copies.map((path) => `  copy of the old crontab: ${path}`),
  ...(starting.length === 0
    ? []
    : ["These lines still start wnm; until you remove them (crontab -e) it keeps managing the nodes:"]),
  ...starting.map((line) => `  ${line}`),
  ...(others.length === 0
    ? []
    : [
        "Left in place because the line does more than run wnm. Remove it yourself if you no longer need it (crontab -e):",
      ]),
  ...others.map((line) => `  ${line}`),
];
