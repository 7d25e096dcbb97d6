/** What --print can print. */
export const PRINTED = [
  "grafana",
  "grafana-influx",
  "alerts",
  "recording",
  "alertmanager",
  "telegraf",
] as const;
export type Printed = (typeof PRINTED)[number];
