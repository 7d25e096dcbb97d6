/** How many kills are tried: a part of them in each run, or all. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "../support/seed.ts";
import { type Children, SCENES, someScenes } from "./kill-points.ts";

const asked = process.env.WNM_TORTURE ?? "";

/** The number of points and children of every scene if WNM_TORTURE is a number. */
const EACH = /^\d+$/.test(asked) ? Number(asked) : undefined;

/** WNM_TORTURE=long tries every point, WNM_TORTURE=20 tries 20 of each action; both are meant for people. */
export const LONG = asked === "long" || EACH !== undefined;

const SHORT = { scenes: 2, points: 2, children: 1 };

/** Scenes, and the number of points and children of each. */
export function shortOrLong(seed: number): {
  readonly scenes: readonly string[];
  readonly points: number | undefined;
  readonly children: number | undefined;
} {
  if (LONG) return { scenes: SCENES.map(({ name }) => name), points: EACH, children: EACH };
  return { ...SHORT, scenes: someScenes(SHORT.scenes, randomFrom(seed)) };
}

/** A program that claims to be a newer antnode, accepts all flags of `antnode`, and ends at once. */
export const BROKEN = (antnode: string): string =>
  [
    "#!/bin/sh",
    '[ "$1" = --version ] && echo "Autonomi Node v0.4.19" && exit 0',
    `[ "$1" = --help ] && exec '${antnode}' --help`,
    "exit 3",
    "",
  ].join("\n");

/** A program that is intact again after any kill of its own. */
const ALL_WAYS = ["before", "alone", "together", "child"] as const;

/** Orders to deadly.sh, passed through a folder. */
export const deadlyOrders = (folder: string, ways: Children["ways"] = ALL_WAYS): Children => ({
  ways,
  kill(order) {
    writeFileSync(join(folder, "calls"), "0");
    rmSync(join(folder, "done"), { force: true });
    const words = order === undefined ? "never 0 0" : `${order.how} ${order.nth} ${order.at}`;
    writeFileSync(join(folder, "kill"), `${words}\n`);
  },
  told: () => ({
    calls: Number(readFileSync(join(folder, "calls"), "utf8")),
    done: existsSync(join(folder, "done")),
  }),
});
