import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { aColony, type Wnm } from "../support/wnm.ts";
import { ageSample, disagreements } from "./agreement.ts";

/** The long form is meant for people: WNM_TORTURE=long ./scripts/test.sh test/torture */
const KILLS = process.env.WNM_TORTURE === "long" ? 400 : 60;
const CAP = 4;
/** About the duration of a run that does something. */
const LONGEST_MS = 450;

setDefaultTimeout(KILLS * 15_000);

let wnm: Wnm;
beforeAll(async () => {
  wnm = await aColony("--node_cap", String(CAP));
  await wnm.ok(["--force_action", "add", "--count", "3"]);
});
afterAll(() => wnm[Symbol.asyncDispose]());

/** Runs that change a lot: each is killed at a random moment. */
const CALLS: readonly (readonly string[])[] = [
  [],
  ["--force_action", "add"],
  ["--force_action", "remove"],
  ["--force_action", "stop"],
  ["--force_action", "start"],
  ["--force_action", "restart"],
  ["--force_action", "upgrade", "--service_name"],
  ["--node_cap", "2"],
  ["--node_cap", String(CAP)],
];

test(`after ${KILLS} runs killed at random moments, one more run makes database, processes and folders agree`, async () => {
  await buildAntnode(join(wnm.home, "newer/antnode"), "0.4.18");
  await wnm.ok(["--antnode_path", join(wnm.home, "newer/antnode"), "--force_action", "update_config"]);
  const chance = fc.sample(fc.tuple(fc.nat(CALLS.length - 1), fc.noBias(fc.nat(LONGEST_MS))), KILLS);
  const damage: string[] = [];
  let killed = 0;
  for (const [call, moment] of chance) {
    const words = [...(CALLS[call] ?? [])];
    if (words.at(-1) === "--service_name") words.push(String(wnm.nodes()[0]?.id ?? 1));
    ageSample(wnm);
    // A run takes only the most urgent action: a removal begun before the kill may come before what the kill left.
    let runs = wnm.nodes().some(({ status }) => status === "REMOVING") ? 2 : 1;
    const victim = wnm.start(words);
    const timer = setTimeout(() => victim.kill("SIGKILL"), moment);
    await victim.exited;
    clearTimeout(timer);
    if (victim.signalCode === "SIGKILL") killed++;
    let after: Awaited<ReturnType<Wnm["run"]>>;
    let left: readonly string[];
    do {
      ageSample(wnm);
      after = await wnm.run([]);
      left = disagreements(wnm);
    } while (left.length > 0 && --runs > 0);
    if (left.length > 0 || ![0].includes(after.code)) {
      damage.push(
        `after killing wnm ${words.join(" ")}: exit ${after.code} ${left.join("; ")} ${after.stderr}`,
      );
    }
  }
  process.stderr.write(`torture: ${KILLS} runs, ${killed} of them killed, ${damage.length} left damage\n`);
  expect(damage).toEqual([]);
});
