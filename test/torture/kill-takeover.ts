/** Kills wnm while it creates a colony, either from nothing or from existing nodes. */
import { differences, keyIn } from "./agreement.ts";
import { type Colony, type Effort, type Figures, quick, reset, spread, traced } from "./kill-points.ts";

/** How a colony is created again. */
export type Making = {
  /** Arguments of `wnm --init` that create the colony. */
  readonly init: readonly string[];
  /** Deletes the colony's database and nothing else. */
  readonly forget: () => void;
  /** Deletes everything below the colony's folder. */
  readonly clear: () => void;
};

/** Both ways to create a colony, each killed at its points. */
export const takingOver = (
  colony: Colony,
  making: Making,
): {
  readonly init: (effort: Effort) => Promise<Figures>;
  readonly import: (effort: Effort) => Promise<Figures>;
} => ({
  async init(effort) {
    making.clear();
    const points = await traced(colony, making.init);
    const damage: string[] = [];
    const chosen = spread(points, effort.points, effort.random);
    for (const point of chosen) {
      making.clear();
      await traced(colony, making.init, point);
      const told = `killed at ${point.call} ${point.nth}`;
      damage.push(...(await made(colony, making.init, told)));
      damage.push(...differences(colony.rows(), await colony.outside()).map((what) => `${told}: ${what}`));
    }
    return figures("init", points.length, chosen.length, damage);
  },

  async import(effort) {
    const rows = await reset(colony);
    const before = rows.map(identity).toSorted();
    const again = [...making.init, "--import"];
    making.forget();
    const points = await traced(colony, again);
    const damage: string[] = [];
    const chosen = spread(points, effort.points, effort.random);
    for (const point of chosen) {
      making.forget();
      await traced(colony, again, point);
      const told = `killed at ${point.call} ${point.nth}`;
      damage.push(...(await made(colony, again, told)));
      const { code, stderr } = await quick(colony, ["-q"]);
      if (code !== 0) damage.push(`${told}: the run after it: ${code}: ${stderr}`);
      const left = differences(colony.rows(), await colony.outside());
      const after = colony.rows().map(identity).toSorted();
      if (after.join() !== before.join())
        damage.push(`${told}: nodes were ${before.join()} and are ${after.join()}`);
      damage.push(...left.map((what) => `${told}: ${what}`));
    }
    return figures("import", points.length, chosen.length, damage);
  },
});

/** The colony exists, or the next call creates it. */
async function made(colony: Colony, args: readonly string[], told: string): Promise<readonly string[]> {
  const child = Bun.spawn([...colony.command, ...args], {
    env: { ...colony.env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
  return code === 0 || stderr.includes("already initialized")
    ? []
    : [`${told}: init again: ${code}: ${stderr}`];
}

const identity = ({ label, ports, root_dir }: ReturnType<Colony["rows"]>[number]): string =>
  `${label} ${ports.join("/")} ${keyIn(root_dir)}`;

const figures = (scene: string, points: number, killed: number, damage: readonly string[]): Figures => ({
  scene,
  points,
  killed,
  twice: 0,
  children: 0,
  damage,
});
