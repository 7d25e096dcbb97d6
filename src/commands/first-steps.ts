import { programsOf } from "../observe/snapshot.ts";
import { expandHome } from "../os/paths.ts";
import { firstStepsText, type Reach } from "../report/first-steps.ts";
import { programFor } from "../software/program-for.ts";
import { openStoreToRead } from "../store/colony.ts";
import type { Context } from "./context.ts";
import type { Answer, Patient } from "./doctor/answer.ts";
import { roomOf } from "./doctor/ask-colony.ts";
import { ownAddress, PRIVATE, portsToReach } from "./doctor/ask-network.ts";
import { askAll } from "./doctor/questions.ts";
import { capFor } from "./doctor/room.ts";
import type { PlannedColony } from "./init/planned-colony.ts";
import { curedHere } from "./named-colony.ts";

/** The text after --init: what the colony lacks, how many nodes this machine can sustain, and the next steps in order. */
export async function firstSteps(
  { options, world }: Context,
  { config, host, mode }: PlannedColony,
): Promise<string> {
  using store = openStoreToRead(host.paths.database);
  const { ofOperator } = programsOf({ store, world });
  const path = expandHome(config.antnode_path, world.home);
  const binary = await programFor(config.node_software, path, ofOperator);
  const nodes = store.nodes();
  const patient: Patient = {
    ...{ store, config, nodes, binary, world },
    options: { ...options, mode, paths: host.paths },
    now: world.clock.now(),
    silent: new Set(),
    check_releases: false,
  };
  const [answers, rooms] = await Promise.all([askAll(patient), roomOf(patient)]);
  const cap = capFor(rooms);
  const highest = Math.max(
    Math.min(cap ?? config.node_cap, config.node_cap),
    ...nodes.map(({ id }) => id),
    1,
  );
  return firstStepsText({
    rooms,
    node_cap: config.node_cap,
    cap: cap === undefined ? undefined : Math.max(cap, nodes.length),
    findings: answers.flatMap((answer) => (answer.is === "found" ? answer.finding : [])),
    well: answers.filter(({ is }) => is === "good").length,
    unanswered: answers.flatMap((answer) => (answer.is === "unknown" ? answer.says : [])),
    ports: portsToReach(config, binary, highest),
    reach: reachOf(answers),
    here: curedHere(options),
  });
}

/** How this machine is reached from the Internet. */
function reachOf(answers: readonly Answer[]): Reach {
  const address = ownAddress();
  if (address === undefined) return { by: "nothing" };
  // With UPnP the router opens the ports itself.
  if (answers.some((answer) => answer.is === "good" && answer.says.includes("answers to UPnP")))
    return { by: "upnp" };
  return PRIVATE.test(address) ? { by: "router", address } : { by: "itself", address };
}
