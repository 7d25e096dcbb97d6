import { EXIT, type ExitCode, Refused, UsageError, WnmError } from "./base/errors.ts";
import { dispatch } from "./commands/dispatch.ts";
import { accountOf } from "./os/account.ts";
import { commandRunner } from "./os/command.ts";
import { createLogOutput } from "./os/log.ts";
import { hasTerminal, type Screen, screenOf, showsColours } from "./os/terminal.ts";
import type { World } from "./os/world.ts";

type Output = Pick<World, "print" | "complain"> & Pick<Screen, "show">;

/** Executes one call. The only place that turns a failure into a message and an exit code. */
export async function main(argv: readonly string[], output: Output): Promise<ExitCode> {
  const log = logOutput(output);
  try {
    const topic = helpTopic(argv);
    if (topic !== undefined) {
      const { helpOn, noSuchTopic, shortHelp } = await import("./settings/help.ts");
      const text = topic === "" ? shortHelp() : helpOn(topic);
      if (text === undefined) throw new UsageError([{ message: noSuchTopic(topic) }]);
      output.print(text);
      return EXIT.done;
    }
    return await dispatch(argv, theWorld({ ...output, log }));
  } catch (error) {
    if (error instanceof WnmError) {
      for (const line of error.message.split("\n")) log.write("ERROR", line);
      return error.exit;
    }
    log.write("ERROR", "This is a bug in wnm; please report it with these lines:");
    output.complain(`${error instanceof Error ? error.stack : error}\n`);
    return EXIT.failed;
  }
}

/** The topic of a call for help, "" for the general help; undefined for any other call. */
function helpTopic([word = "", topic = "", ...others]: readonly string[]): string | undefined {
  const [, flag, own_topic] = /^(-h|--help)(?:=(.*))?$/s.exec(word) ?? [];
  if (flag === undefined || others.length > 0 || topic.startsWith("-")) return undefined;
  if (own_topic === undefined) return topic;
  return topic === "" ? own_topic : undefined;
}

function logOutput({ complain }: Pick<World, "complain">) {
  const terminal = hasTerminal();
  return createLogOutput(
    { colour: terminal && showsColours(process.env), terminal, now: Date.now },
    complain,
  );
}

function theWorld({ show, ...output }: Output & Pick<World, "log">): World {
  refuseKillers(process.env);
  const uid = process.getuid?.() ?? 0;
  const home = process.env.HOME ?? accountOf(uid)?.home;
  if (home === undefined || !home.startsWith("/")) {
    throw new WnmError("The home folder is unknown: set HOME to an absolute path");
  }
  return {
    ...output,
    screen: screenOf(process.env, show),
    env: process.env,
    platform: process.platform === "darwin" ? "darwin" : "linux",
    uid,
    home: home.length > 1 ? home.replace(/\/+$/, "") : home,
    clock: {
      now: () => Math.floor(Date.now() / 1000),
      sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
    },
    random: Math.random,
    run: commandRunner(home),
  };
}

const NO_ORPHANS = "BUN_FEATURE_FLAG_NO_ORPHANS";

/** Throws Refused when the environment tells Bun, wnm's runtime, to kill all child processes: that would kill nodes. */
function refuseKillers(env: World["env"]): void {
  const killers = [
    ...(env.BUN_OPTIONS?.includes("no-orphans") ? ["BUN_OPTIONS"] : []),
    ...(["", "0", "false"].includes((env[NO_ORPHANS] ?? "").toLowerCase()) ? [] : [NO_ORPHANS]),
  ];
  if (killers.length > 0)
    throw new Refused(
      `${killers.join(" and ")} in the environment would end the nodes that wnm starts; unset ${killers.join(" ")}`,
    );
}
