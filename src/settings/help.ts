import { exitCodes } from "./help-topics/exit-codes.ts";
import { filesTopic } from "./help-topics/files.ts";
import { TOPIC_NAMES, TOPICS, type TopicName } from "./help-topics/topics.ts";
import { nearest } from "./nearest.ts";
import { explained, explainedGroups, groupsOf } from "./option-help.ts";
import { OPTION_NAMES, optionOf } from "./options.ts";
import { definitions, wrapped } from "./text-layout.ts";

const COMMANDS = `wnm keeps as many Autonomi nodes running as this machine can carry.

  wnm --init --rewards_address 0x…            create the colony
  wnm                                         one run; cron does this every minute
  wnm --dry_run                               show what a run would do, and why
  wnm --report node-status                    show the nodes
  wnm --force_action stop --service_name 1    do something to a node yourself
`;

const topicList = (): string =>
  `Topics (wnm --help TOPIC):\n${definitions(TOPIC_NAMES.map((name) => [name, TOPICS[name].about]))}`;

/** The text of --help: the basics, and the names of everything else. */
export function shortHelp(): string {
  const groups = groupsOf().map(
    ({ title, names }) => `${title}:\n${wrapped(names.map((name) => `--${name}`))}`,
  );
  return [
    COMMANDS,
    topicList(),
    ...groups,
    "--kebab-case works too. wnm --help OPTION explains one option, wnm --help all explains all.\n",
    exitCodes(),
    filesTopic(),
  ].join("\n");
}

/** The text of --help all. */
export const fullHelp = (): string =>
  [COMMANDS, topicList(), ...explainedGroups(), exitCodes(), filesTopic()].join("\n");

/** The text of --help TOPIC, or of --help OPTION in any spelling; undefined for an unknown one. */
export function helpOn(topic: string): string | undefined {
  const name = normalised(topic).replace(/^wnm_/, "");
  if (name === "all") return fullHelp();
  if (isTopic(name)) return TOPICS[name].text();
  return optionOf(name) === undefined ? undefined : explained(name);
}

const normalised = (topic: string): string => topic.replace(/^--?/, "").replaceAll("-", "_").toLowerCase();

const isTopic = (name: string): name is TopicName => TOPIC_NAMES.some((known) => known === name);

/** The message for an unknown topic; names the nearest known one. */
export function noSuchTopic(topic: string): string {
  const near = nearest(normalised(topic), [...TOPIC_NAMES, ...OPTION_NAMES]);
  const hint =
    near === undefined
      ? `; expected: all, an option, or one of ${TOPIC_NAMES.join(", ")}`
      : `; did you mean ${near}?`;
  return `--help (command line): there is no topic or option ${topic}${hint}`;
}
