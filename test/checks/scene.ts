import { NO_PAST, type Scene } from "../../src/checks/check.ts";
import { check } from "../../src/checks/register.ts";
import type { Finding } from "../../src/model/finding.ts";
import { NOW } from "../support/builders.ts";

/** A colony without any problem, with changes. */
export const aScene = (changes: Partial<Scene> = {}): Scene => ({
  now: NOW,
  nodes: [],
  config: { node_cap: 20, hd_remove: 90 },
  binary: undefined,
  used_hd_percent: 50,
  disk: "/home/ant/node",
  other_disks: [],
  bad_versions: new Map(),
  upgrades: true,
  held_back: new Map(),
  between: undefined,
  clock_jump: 0,
  past: NO_PAST,
  ...changes,
});

/** The findings of this key that the checks of the table return. */
export const found = (key: string, changes: Partial<Scene>): readonly Finding[] =>
  check(aScene(changes)).filter((finding) => finding.key === key);
