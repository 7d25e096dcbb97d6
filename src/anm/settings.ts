import * as v from "valibot";
import { type SettingName, settingOf } from "../settings/machine.ts";
import { readAssignments } from "./shell-assignments.ts";

/** The texts of anm's files; undefined where there is none. */
export type AnmFiles = {
  readonly config: string | undefined;
  /** Sourced by anm after its config, in every run. */
  readonly override: string | undefined;
  /** Sourced by anm when it adds a node; sets the wallet. */
  readonly wallet: string | undefined;
  /** anm's script, which contains the nodes' port block. */
  readonly script: string | undefined;
};

/** anm's settings converted to wnm's, those that could not be read, and those without a counterpart. */
export type AnmSettings = {
  readonly learned: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
};

const SECONDS_PER_RUN = 60;
const same = (text: string): string => text;
/** Converts anm's delays, which are counted in runs of one per minute. */
const runs = (text: string): string => (/^\d+$/.test(text) ? String(Number(text) * SECONDS_PER_RUN) : text);
/** Fixes numbers like .6, which anm gets from bc. */
const decimal = (text: string): string => (text.startsWith(".") ? `0${text}` : text);
const address = (text: string): string => text.replace(/^--rewards-address[\s=]+/, "").trim();

/** anm's key -> wnm's setting and the conversion. anm itself writes DelayReStart; some configs have DelayRestart. */
const KEYS: Readonly<Record<string, readonly [SettingName, (text: string) => string]>> = {
  NodeCap: ["node_cap", same],
  CpuLessThan: ["cpu_less_than", same],
  CpuRemove: ["cpu_remove", same],
  MemLessThan: ["mem_less_than", same],
  MemRemove: ["mem_remove", same],
  HDLessThan: ["hd_less_than", same],
  HDRemove: ["hd_remove", same],
  DelayStart: ["delay_start", runs],
  DelayRestart: ["delay_restart", runs],
  DelayReStart: ["delay_restart", runs],
  DelayUpgrade: ["delay_upgrade", runs],
  DelayRemove: ["delay_remove", runs],
  MaxLoadAverageAllowed: ["max_load_average_allowed", decimal],
  DesiredLoadAverage: ["desired_load_average", decimal],
  NodeStorage: ["node_storage", same],
  RewardsAddress: ["rewards_address", address],
};

/** anm's metrics ports are fixed. */
const METRICS_BLOCK = "13";
const TEAR_DOWN = "4";

/** Parses anm's settings. One in `given` is overridden by the operator, so anm's need not be readable. Pure. */
export function anmSettings(files: AnmFiles, given: ReadonlySet<string>): AnmSettings {
  const texts = [files.config, files.override, files.wallet].map((text) => readAssignments(text ?? ""));
  const values = new Map(texts.flatMap((text) => [...text.values]));
  const learned = new Map([["metrics_port_start", METRICS_BLOCK]]);
  const problems: string[] = [];
  for (const [key, [name, convert]] of Object.entries(KEYS)) {
    const computed = texts.some((text) => text.computed.includes(key)) && !values.has(key);
    const text = values.get(key);
    if (given.has(name) || (text === undefined && !computed) || text === "") continue;
    const converted = text === undefined ? undefined : convert(text);
    const parsed = converted === undefined ? undefined : v.safeParse(settingOf(name).text, converted);
    if (converted !== undefined && parsed?.success === true) learned.set(name, converted);
    else problems.push(`${key}=${text ?? "…"} cannot be read as a number or text; give --${name}`);
  }
  const block = readAssignments(files.script ?? "").values.get("ntpr");
  if (block !== undefined) learned.set("port_start", block);
  if (values.get("Action") === TEAR_DOWN)
    problems.push(`anm is about to tear everything down (Action=${TEAR_DOWN} in its config)`);
  return { learned, problems, notes: notesOf(values) };
}

const notesOf = (values: ReadonlyMap<string, string>): readonly string[] => {
  const version = values.get("NodeVersion");
  return version === undefined || version === ""
    ? []
    : [
        `anm kept its nodes at ${version}; wnm upgrades only with --enable_upgrade, to the program at --antnode_path`,
      ];
};

/** anm's notes about a node. */
export type AnmNode = { readonly peer_id: string; readonly version: string; readonly status: string };

/** Parses NodeDetails, an associative array of "name,peer id,version,status". Pure. */
export function readNodeDetails(text: string): ReadonlyMap<number, AnmNode> {
  const nodes = new Map<number, AnmNode>();
  for (const [, number = "", fields = ""] of text.matchAll(/\[["']?(\d{1,6})["']?\]="([^"]*)"/g)) {
    const [, peer_id = "", version = "", status = ""] = fields.split(",").map((field) => field.trim());
    nodes.set(Number(number), { peer_id, version, status });
  }
  return nodes;
}
