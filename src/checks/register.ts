import type { Finding } from "../model/finding.ts";
import type { Check, Kind, Scene } from "./check.ts";
import { COLONY_CHECKS } from "./colony-checks.ts";
import { DOCTOR_KINDS } from "./doctor-kinds.ts";
import { FOUND_ELSEWHERE } from "./elsewhere.ts";
import { NODE_CHECKS } from "./node-checks.ts";
import { STANDING_CHECKS } from "./standing-checks.ts";

/** All checks of a run. */
export const CHECKS: readonly Check[] = [...NODE_CHECKS, ...COLONY_CHECKS];

/** Every kind of finding, each key once. */
export const KINDS: ReadonlyMap<string, Kind> = new Map(
  [...FOUND_ELSEWHERE, ...CHECKS, ...STANDING_CHECKS, ...DOCTOR_KINDS].map((kind) => [kind.key, kind]),
);

/** The findings of a run's checks. Pure. */
export const check = (scene: Scene): readonly Finding[] => checkBy(CHECKS, scene);

/** The findings of these checks. Pure. */
export const checkBy = <S>(checks: readonly Check<S>[], scene: S): readonly Finding[] =>
  checks.flatMap(({ key, severity, find }) => find(scene).map((wrong) => ({ severity, ...wrong, key })));

/** Findings that do not prevent wnm from managing nodes. */
const CHECKED: ReadonlySet<string> = new Set(
  CHECKS.map(({ key }) => key).filter((key) => key !== "no-node-program"),
);

/** True for a bad finding that prevents wnm from managing nodes, unlike problems of individual nodes. */
export const limitsWork = ({ key, severity }: Finding): boolean => severity === "bad" && !CHECKED.has(key);
