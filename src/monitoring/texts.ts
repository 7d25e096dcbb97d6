import type { Printed } from "../settings/printed.ts";
import alertmanager from "./alertmanager.yml" with { type: "text" };
import alerts from "./alerts.yml" with { type: "text" };
import grafana from "./grafana.json" with { type: "json" };
import grafanaInflux from "./grafana-influx.json" with { type: "json" };
import recording from "./recording.yml" with { type: "text" };
import telegraf from "./telegraf.conf" with { type: "text" };

type Write = (version: string) => string;

const commented =
  (text: string): Write =>
  (version) =>
    `# Made by wnm ${version}.\n${text}`;

const board =
  (json: { readonly description: string }): Write =>
  (version) =>
    `${JSON.stringify({ ...json, description: json.description.replace("@VERSION@", version) }, undefined, 2)}\n`;

/** What --print prints, for this version of wnm. */
export const TEXTS: Readonly<Record<Printed, Write>> = {
  grafana: board(grafana),
  "grafana-influx": board(grafanaInflux),
  alerts: commented(alerts),
  recording: commented(recording),
  alertmanager: commented(alertmanager),
  telegraf: commented(telegraf),
};
