import { resolve as resolvePath } from "node:path";
import { type ExitCode, UsageError, WnmError } from "../../base/errors.ts";
import { typedWord } from "../../base/shell-word.ts";
import { escapeControls } from "../../base/text.ts";
import { type Health, LEVELS, levelOf } from "../../checks/health.ts";
import { identityOf, worstFirst } from "../../checks/settle.ts";
import type { Finding } from "../../model/finding.ts";
import { storageOf } from "../../model/node.ts";
import { programsOf } from "../../observe/snapshot.ts";
import { storageFolders } from "../../observe/storages.ts";
import { silentFolders } from "../../os/files/silent-folders.ts";
import { replaceFile } from "../../os/output.ts";
import { expandHome } from "../../os/paths.ts";
import { type Doctor, doctorJson, doctorText } from "../../report/doctor.ts";
import { programFor } from "../../software/program-for.ts";
import { openStoreToRead, type Store } from "../../store/colony.ts";
import type { Context } from "../context.ts";
import { healthOf } from "../health.ts";
import { curedHere } from "../named-colony.ts";
import type { RequestOf } from "../request.ts";
import { settingsOf } from "../settings-of.ts";
import { type Answer, found, type Patient } from "./answer.ts";
import { writeBundle } from "./bundle.ts";
import { askAll } from "./questions.ts";

/** Prints the health report plus slower checks; exits with the code of health. Changes nothing. */
export async function reportDoctor(context: Context, request: RequestOf<"report">): Promise<ExitCode> {
  const doctor = await examine(context);
  const text = request.format === "json" ? doctorJson(doctor) : doctorText(doctor);
  const { once, world } = context;
  if (request.output !== undefined)
    replaceFile(resolvePath(expandHome(request.output, world.home)), escapeControls(text));
  else if (once.quiet !== true) world.print(text);
  if (request.bundle !== undefined) {
    const path = writeBundle(context, request.bundle, doctorText(doctor));
    if (once.quiet !== true) world.complain(`Written: ${path}. Read it before you share it.\n`);
  }
  return LEVELS[doctor.health.level];
}

/** Health, and the answers to every check; none for a colony that cannot be read. */
export async function examine(context: Context): Promise<Doctor> {
  const health = await healthOf(context);
  if (health.colony === undefined) return { health, good: [], notes: [], unknown: [] };
  using store = openStoreToRead(context.options.paths.database);
  const answers = await answersOf(context, store);
  const here = curedHere<{ says: string; cure: string | undefined }>(context.options);
  const said = (is: "good" | "note" | "unknown") =>
    answers.flatMap((answer) => (answer.is === is ? { says: answer.says, cure: answer.cure } : []));
  const findings = mergedFindings(
    answers.flatMap((answer) =>
      answer.is === "found" ? curedHere<Finding>(context.options)(answer.finding) : [],
    ),
    health,
    said("unknown").length === 0,
  );
  return {
    health: { ...health, findings, level: levelOf(findings) },
    good: said("good").map(({ says }) => says),
    notes: said("note").map(here),
    unknown: said("unknown").map(({ says }) => says),
  };
}

/** Findings of runs that the doctor has just checked itself; the stored ones may be out of date. */
const ASKED: ReadonlySet<string> = new Set(["linger-off", "no-node-program"]);

/** The findings of health and of the checks, without duplicates, worst first. */
function mergedFindings(asked: readonly Finding[], health: Health, answered: boolean): readonly Finding[] {
  const stored = health.findings.filter(({ key }) => !(answered && ASKED.has(key)));
  const all = new Map([...asked, ...stored].map((finding) => [identityOf(finding), finding]));
  return worstFirst([...all.values()].map(withoutDoctor));
}

/** Removes "run the doctor" from a finding's cure, since this is the doctor's output. */
const withoutDoctor = (finding: Finding): Finding =>
  finding.cure?.endsWith(" --report doctor") === true ? { ...finding, cure: undefined } : finding;

async function answersOf(context: Context, store: Store): Promise<readonly Answer[]> {
  try {
    return await askAll(await patientOf(context, store));
  } catch (error) {
    if (!(error instanceof WnmError)) throw error;
    return error instanceof UsageError
      ? error.message
          .split("\n")
          .map((sentence) =>
            found("settings-wrong", { sentence, subject: sentence, cure: withoutLine(sentence) }),
          )
      : [{ is: "unknown", says: error.message }];
  }
}

/** The command that comments out the config line named in a message, or unsets the variable named there. */
function withoutLine(sentence: string): string {
  const [, file, line] = /(?:^|\()(\/[^()]*), line (\d+)[):]/.exec(sentence) ?? [];
  const variable = /\(environment (\w+)\)/.exec(sentence)?.[1];
  if (file !== undefined) return `sed -i '${line}s/^/# /' ${typedWord(file)}`;
  return variable === undefined ? "wnm --help settings" : `unset ${variable}`;
}

async function patientOf(context: Context, store: Store): Promise<Patient> {
  const { options, world } = context;
  const { config } = settingsOf(context, store);
  const path = expandHome(config.antnode_path, world.home);
  const { ofOperator } = programsOf({ store, world });
  const binary = await programFor(config.node_software, path, ofOperator);
  const check_releases = context.once.check_releases === true;
  const all = store.nodes();
  const marked = store.storages().map(({ path: storage }) => storage);
  const silent = await silentFolders([...new Set([...marked, ...storageFolders(config.node_storage, all)])]);
  const nodes = all.filter((node) => !silent.has(storageOf(node)));
  const now = world.clock.now();
  return { store, config, nodes, silent, binary, options, world, now, check_releases };
}
