import type { Finding } from "../model/finding.ts";
import type { Check, Kind, Scene } from "./check.ts";
import { COLONY_CHECKS } from "./colony-checks.ts";
import { DOCTOR_KINDS } from "./doctor-kinds.ts";
import { FOUND_ELSEWHERE } from "./elsewhere.ts";
import { NODE_CHECKS } from "./node-checks.ts";
import { STANDING_CHECKS } from "./standing-checks.ts";

/** The checks of a run: a new one is a row here, and a test. */
export const CHECKS: readonly Check[] = [...NODE_CHECKS, ...COLONY_CHECKS];

/** Every kind of finding, each key once. */
export const KINDS: ReadonlyMap<string, Kind> = new Map(
  [...FOUND_ELSEWHERE, ...CHECKS, ...STANDING_CHECKS, ...DOCTOR_KINDS].map((kind) => [kind.key, kind]),
);

/** What the checks of a run find wrong. Pure. */
export const check = (scene: Scene): readonly Finding[] => checkBy(CHECKS, scene);

/** What these checks find wrong. Pure. */
export const checkBy = <S>(checks: readonly Check<S>[], scene: S): readonly Finding[] =>
  checks.flatMap(({ key, severity, find }) => find(scene).map((wrong) => ({ severity, ...wrong, key })));

/** Checks of nodes, and of what is not needed for the work; without a program for the first node there is none. */
const CHECKED: ReadonlySet<string> = new Set(
  CHECKS.map(({ key }) => key).filter((key) => key !== "no-node-program"),
);

/** True for a bad finding that keeps wnm from its work; trouble of nodes, which wnm looks after, does not. */
export const limitsWork = ({ key, severity }: Finding): boolean => severity === "bad" && !CHECKED.has(key);
