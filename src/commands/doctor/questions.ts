import { messageOf } from "../../base/text.ts";
import { type Answer, type Patient, type Question, unknown } from "./answer.ts";
import { askDatabase, askOtherColony, askRoom, askStorages } from "./ask-colony.ts";
import { askLimits } from "./ask-limits.ts";
import { askClock } from "./ask-machine.ts";
import { askFirewall, askPorts, askReach } from "./ask-network.ts";
import { askFirstPeers, askProgram } from "./ask-program.ts";
import { askLatestNode, askLatestWnm } from "./ask-releases.ts";
import { askSchedule } from "./ask-schedule.ts";
import { askRights } from "./ask-sudo.ts";
import { askTasks } from "./ask-tasks.ts";
import { askUnits, askUserSystemd } from "./ask-units.ts";

/** The doctor's checks, in the order of its output. To add a check, add a row. */
const QUESTIONS: readonly (readonly [about: string, ask: Question])[] = [
  ["what starts wnm", askSchedule],
  ["the storage", askStorages],
  ["the database", askDatabase],
  ["the node program", askProgram],
  ["bootstrap peers", askFirstPeers],
  ["the nodes' ports", askPorts],
  ["how nodes are reached", askReach],
  ["ufw", askFirewall],
  ["the user's systemd", askUserSystemd],
  ["rights", askRights],
  ["units", askUnits],
  ["the clock", askClock],
  ["limits", askLimits],
  ["processes", askTasks],
  ["another colony", askOtherColony],
  ["the latest wnm", askLatestWnm],
  ["the latest node program", askLatestNode],
  ["room for nodes", askRoom],
];

/** Time limit for each check. */
const DEADLINE_MS = 6_000;

/** Runs all checks concurrently. A check that fails or times out gives the answer "unknown". */
export async function askAll(patient: Patient, deadline_ms = DEADLINE_MS): Promise<readonly Answer[]> {
  const answers = QUESTIONS.map(async ([about, ask]): Promise<readonly Answer[]> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<readonly Answer[]>((resolve) => {
      timer = setTimeout(
        () => resolve([unknown(`${about}: no answer within ${deadline_ms / 1000} s`)]),
        deadline_ms,
      );
    });
    try {
      return await Promise.race([Promise.resolve(patient).then(ask), late]);
    } catch (error) {
      return [unknown(`${about}: ${messageOf(error)}`)];
    } finally {
      clearTimeout(timer);
    }
  });
  return (await Promise.all(answers)).flat();
}
