import { EXIT, type ExitCode, Refused, UsageError, WnmError } from "./errors.ts";
import { accountOf } from "./os/account.ts";
import { commandRunner } from "./os/command.ts";
import { visible } from "./os/output.ts";
import { hasTerminal } from "./os/terminal.ts";
import { run } from "./run.ts";
import type { World } from "./world.ts";

/** The one place where a failure becomes a message and an exit code. */
export async function main(
  argv: readonly string[],
  output: Pick<World, "print" | "complain">,
): Promise<ExitCode> {
  try {
    const topic = helpTopic(argv);
    if (topic !== undefined) {
      const { helpOn, noSuchTopic, shortHelp } = await import("./settings/usage.ts");
      const text = topic === "" ? shortHelp() : helpOn(topic);
      if (text === undefined) throw new UsageError([{ message: noSuchTopic(topic) }]);
      output.print(text);
      return EXIT.done;
    }
    return await run(argv, theWorld(output));
  } catch (error) {
    if (error instanceof WnmError) {
      for (const line of error.message.split("\n")) output.complain(`ERROR [root] ${visible(line)}\n`);
      return error.exit;
    }
    output.complain(
      `ERROR [root] This is a bug in wnm; please report it with these lines:\n${error instanceof Error ? error.stack : error}\n`,
    );
    return EXIT.failed;
  }
}

/** What --help was asked about, "" for wnm itself; undefined when it was not asked. */
function helpTopic(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => /^(-h|--help(=.*)?)$/.test(word));
  const word = argv[at];
  if (word === undefined) return undefined;
  return word.includes("=") ? word.slice(word.indexOf("=") + 1) : (argv[at + 1] ?? "");
}

function theWorld(output: Pick<World, "print" | "complain">): World {
  refuseKillers(process.env);
  const uid = process.getuid?.() ?? 0;
  const home = process.env.HOME ?? accountOf(uid)?.home;
  if (home === undefined || !home.startsWith("/")) {
    throw new WnmError("The home folder is unknown: set HOME to an absolute path");
  }
  return {
    ...output,
    colour: hasTerminal() && !process.env.NO_COLOR && process.env.TERM !== "dumb",
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

/** Bun, with which wnm is made, ends every process that wnm started when wnm ends, if the environment asks for that. */
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
