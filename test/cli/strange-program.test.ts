import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFaults } from "../fixtures/antnode-faults.ts";
import { buildAntnode } from "../fixtures/build-antnode.ts";
import { until } from "../support/until.ts";
import { aHome, type Wnm } from "../support/wnm.ts";

setDefaultTimeout(300_000);

/** A colony of one running node that was surveyed. */
async function aColony(): Promise<Wnm> {
  const wnm = await aHome();
  await wnm.init("--node_cap=1");
  await wnm.ok(["--force_action", "add"]);
  await surveyedUntil(wnm, "the node to run", () => node(wnm).status === "RUNNING");
  return wnm;
}

const node = (wnm: Wnm) => wnm.nodes()[0] ?? {};
const program = (wnm: Wnm): string => String(node(wnm).binary);
const sha256 = (path: string): string =>
  new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");

const surveyedUntil = (wnm: Wnm, what: string, is: () => boolean) =>
  until(async () => {
    await wnm.run(["--force_action", "survey"]);
    return is();
  }, what);

/** The keys of the findings. */
const found = async (wnm: Wnm): Promise<readonly string[]> => {
  const { stdout } = await wnm.run(["--force_action", "survey", "--json"]);
  const { findings = [] } = JSON.parse(stdout) as { findings?: { key: string }[] };
  return findings.map(({ key }) => key);
};

test("a foreign program in place of the node's is reported when it starts and as long as it is there", async () => {
  await using wnm = await aColony();
  const copied = sha256(program(wnm));
  expect(node(wnm)).toMatchObject({ program_sha256: copied, strange_program: null });
  await wnm.ok(["--force_action", "stop", "--service_name", "1"]);
  await buildAntnode(program(wnm), "0.4.16");
  const started = await wnm.run(["--force_action", "start", "--service_name", "1"]);
  expect(started.stderr).toContain(
    "antnode0001 starts with a program that neither wnm nor its own upgrade put there",
  );
  const strange = sha256(program(wnm));
  expect(node(wnm)).toMatchObject({ program_sha256: copied, strange_program: strange });
  expect(await found(wnm)).toEqual(["strange-program"]);
  const health = await wnm.run(["--report", "health"]);
  expect(health.stdout).toContain(`has the sha256 ${strange}, and ${copied} was put there`);

  await wnm.run(["--force_action", "stop", "--service_name", "1"]);
  rmSync(program(wnm));
  await wnm.run(["--force_action", "start", "--service_name", "1"]);
  expect([await found(wnm), node(wnm).strange_program]).toEqual([[], null]);
});

test("an upgrade by wnm or by the node itself does not make the program strange", async () => {
  await using wnm = await aColony();
  await buildAntnode(join(wnm.home, ".local/bin/antnode"), "0.4.18");
  await wnm.ok(["--force_action", "upgrade", "--service_name", "1"]);
  expect(node(wnm)).toMatchObject({ version: "0.4.18", program_sha256: sha256(program(wnm)) });
  await surveyedUntil(wnm, "the upgraded node to run", () => node(wnm).status === "RUNNING");
  expect(await found(wnm)).toEqual([]);

  const newer = await buildAntnode(join(wnm.home, "newer"), "0.4.19");
  writeFaults(join(wnm.base, "node/antnode0001"), { upgrade_self_to: newer });
  await until(async () => {
    await wnm.run([]);
    return node(wnm).version === "0.4.19";
  }, "the node's own upgrade to be seen");
  expect(node(wnm)).toMatchObject({ program_sha256: sha256(program(wnm)), strange_program: null });
  expect(await found(wnm)).toEqual([]);
});
