import { NoRights } from "../../base/errors.ts";
import { typedWord } from "../../base/shell-word.ts";
import { managerKinds } from "../../observe/managers.ts";
import { accountOf } from "../../os/account.ts";
import { asRootScript } from "../../os/advice.ts";
import { presenceOf } from "../../os/files/presence.ts";
import type { World } from "../../os/world.ts";
import { type SudoCall, sudoCalls } from "../sudoers-rules.ts";
import { type Answer, found, good, type Question, unknown } from "./answer.ts";
import { readSudoList } from "./sudo-list.ts";

const ASK_MS = 4_000;

/** Checks that sudo allows every command needed to manage nodes of another account, rule by rule. */
export const askRights: Question = async ({ config, nodes, world, options }) => {
  const kind = [...managerKinds(config, nodes)].find((one) => one.endsWith("+sudo"));
  if (kind === undefined) return [good("nodes need no rights beyond this account's")];
  if (world.uid === 0) return [good("wnm runs as root and has every right")];
  const user = accountOf(world.uid)?.user ?? `#${world.uid}`;
  const place = { user, config: { ...config, process_manager: kind }, paths: options.paths };
  // A firewall that is not installed needs no rule.
  const calls = sudoCalls(place).filter(({ argv: [program = ""] }) => presenceOf(program) !== "absent");
  return calls.length === 0
    ? rightsInGeneral(world, user, kind)
    : rightsAnswers(await lackingOf(world, calls), calls.length, printedRules(world));
};

/** The command that installs the printed sudoers rules once visudo accepts them. */
const printedRules = ({ home }: World): string =>
  `wnm --print_sudoers >${typedWord(`${home}/wnm.sudoers`)} && ${installed(typedWord(`${home}/wnm.sudoers`))}`;

const installed = (rules: string): string =>
  asRootScript(`visudo -c -f ${rules} && install -m 0440 ${rules} /etc/sudoers.d/wnm`);

/** For managers that call another program: checks that sudo allows any command without a password. */
async function rightsInGeneral({ run, home }: World, user: string, kind: string): Promise<readonly Answer[]> {
  const rules = typedWord(`${home}/wnm.sudoers`);
  const said = await run(["sudo", "-n", "-l"], { deadline_ms: ASK_MS }).catch(() => undefined);
  return said !== undefined && /NOPASSWD:/.test(said.stdout)
    ? [good("sudo lets this account work without a password")]
    : [
        found("no-rights", {
          sentence: `sudo asks this account for a password or refuses it, and ${kind} needs it for every node. The command allows it everything without one; or run wnm as root`,
          cure: `echo '${user} ALL=(ALL) NOPASSWD: ALL' >${rules} && ${installed(rules)}`,
        }),
      ];
}

/** Calls that sudo does not allow without a password; undefined when sudo does not answer. */
async function lackingOf(
  { run }: World,
  calls: readonly SudoCall[],
): Promise<readonly SudoCall[] | undefined> {
  const ask = (words: readonly string[]) =>
    run(["sudo", "-n", "-l", ...words], { accept: [1], deadline_ms: ASK_MS }).catch((error: unknown) =>
      error instanceof NoRights ? { code: 1, stdout: "" } : undefined,
    );
  const listed = await ask([]);
  if (listed === undefined) return undefined;
  if (listed.code !== 0) return calls;
  const isAllowed = readSudoList(listed.stdout);
  const lacking: SudoCall[] = [];
  for (const call of calls) {
    const allowed = isAllowed(call) ?? (await ask(["-u", call.as, "--", ...call.argv]))?.code === 0;
    if (!allowed) lacking.push(call);
  }
  return lacking;
}

/** The answers for calls that sudo does not allow; `lacking` is undefined when sudo did not answer. Pure. */
export function rightsAnswers(
  lacking: readonly SudoCall[] | undefined,
  all: number,
  cure: string,
): readonly Answer[] {
  if (lacking === undefined) return [unknown("what sudo allows: it did not answer")];
  if (lacking.length === 0)
    return [
      good(`sudo allows ${all === 1 ? "the only command" : `each of ${all} commands`} without a password`),
    ];
  if (lacking.length === all)
    return [
      found("no-rights", {
        sentence:
          "sudo asks this account for a password or refuses it, so nodes can be neither started nor stopped",
        cure,
      }),
    ];
  return lacking.map(({ as, argv }) =>
    found("no-rights", {
      subject: argv.join(" "),
      sentence: `sudo does not allow without a password, as ${as}: ${argv.join(" ")}`,
      cure,
    }),
  );
}
