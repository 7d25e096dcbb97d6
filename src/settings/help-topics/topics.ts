import { namesOf } from "../names-of.ts";
import { actionsTopic } from "./actions.ts";
import { alertsTopic } from "./alerts.ts";
import { containersTopic } from "./containers.ts";
import { disksTopic } from "./disks.ts";
import { exitCodesTopic } from "./exit-codes.ts";
import { filesTopic } from "./files.ts";
import { findingsTopic } from "./findings.ts";
import { generationsTopic } from "./generations.ts";
import { healthTopic } from "./health.ts";
import { logTopic } from "./log.ts";
import { managersTopic } from "./managers.ts";
import { nodeProgramTopic } from "./node-program.ts";
import { prometheusTopic } from "./prometheus.ts";
import { pythonTopic } from "./python.ts";
import { reportsTopic } from "./reports.ts";
import { safetyTopic } from "./safety.ts";
import { securityTopic } from "./security.ts";
import { settingsTopic } from "./settings.ts";
import { takingOverTopic } from "./taking-over.ts";

export type Topic = { readonly about: string; readonly text: () => string };

/** Every topic of --help beside the options. */
export const TOPICS = {
  settings: { about: "every stored setting, and where settings come from", text: settingsTopic },
  reports: { about: "every report and its formats", text: reportsTopic },
  health: {
    about: "monitoring: exit codes of --report health, for Nagios, monit and systemd",
    text: healthTopic,
  },
  findings: { about: "everything that wnm can find wrong", text: findingsTopic },
  alerts: {
    about: "alerts when something is wrong: ntfy, Slack, Discord, Matrix, healthchecks, programs",
    text: alertsTopic,
  },
  prometheus: { about: "metrics for Prometheus, and how many", text: prometheusTopic },
  actions: { about: "what --force_action can do", text: actionsTopic },
  log: { about: "what is logged, and how to get it as Python wnm wrote it", text: logTopic },
  managers: { about: "what runs the nodes, and with whose rights", text: managersTopic },
  disks: { about: "nodes on several disks", text: disksTopic },
  containers: { about: "nodes in Docker or Podman", text: containersTopic },
  node_program: { about: "getting the node program, and keeping it up to date", text: nodeProgramTopic },
  generations: { about: "antnode and ant-node, keys, and replacing old nodes", text: generationsTopic },
  taking_over: { about: "taking over nodes that run already, and handing them back", text: takingOverTopic },
  exit_codes: { about: "what each exit code means, and what to do", text: exitCodesTopic },
  files: { about: "where everything is", text: filesTopic },
  safety: { about: "what wnm never does, and what it does when something breaks", text: safetyTopic },
  security: { about: "rights, downloads, hostile nodes, and the runtime's variables", text: securityTopic },
  python: { about: "coming from Python wnm, what differs, and going back", text: pythonTopic },
} as const satisfies Readonly<Record<string, Topic>>;

export type TopicName = keyof typeof TOPICS;
export const TOPIC_NAMES = namesOf(TOPICS);
