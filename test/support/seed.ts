/**
 * Seed of everything that tests draw at random. WNM_SEED=n draws the same again; without it each process draws its own,
 * and a failing test names it.
 */
export const SEED = Number(process.env.WNM_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers in [0, 1) that follow from the seed and the drawing test's name. Writes the seed to the test's output. */
export function randomOf(name: string): () => number {
  process.stderr.write(`${name}: WNM_SEED=${SEED}\n`);
  return randomFrom(seedOf(name));
}

/** The seed of one of several drawing tests, so that each draws different numbers. */
export const seedOf = (name: string): number => (SEED ^ Bun.hash.crc32(name)) >>> 0;

/** Numbers in [0, 1) that follow from the seed: mulberry32, public domain. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
