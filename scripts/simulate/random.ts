/** Random numbers that a seed reproduces. */
export type Random = {
  /** In [0, 1). */
  readonly next: () => number;
  /** From the standard normal distribution. */
  readonly normal: () => number;
  /** Number of events at this mean rate. */
  readonly poisson: (mean: number) => number;
};

/** Random numbers from a name and a seed: mulberry32 (public domain), Box-Muller, Knuth. */
export function randomOf(name: string, seed: number): Random {
  let state = (Bun.hash.crc32(name) ^ Math.imul(seed + 1, 0x9e3779b1)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const poisson = (mean: number): number => {
    // Above this mean the normal distribution is close enough, and its cost does not grow with the mean.
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = next(); product > limit; product *= next()) count++;
    return count;
  };
  return { next, normal, poisson };
}

/** A log-normal factor with median 1. */
export const logNormal = (random: Random, sigma: number): number => Math.exp(sigma * random.normal());
