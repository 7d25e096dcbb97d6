/** Initial chaining value, SHA-256's (BLAKE3 specification, 2.1). */
const IV = Uint32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);
/** Order in which a round takes the words of the one before (table 2). */
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const;
/** Columns, then diagonals, of the state that one round mixes (2.2). */
const MIXES = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

const ROUNDS = 7;
const BLOCK_BYTES = 64;
const CHUNK_BYTES = 1024;
const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;
const ROOT = 8;

type Words = Uint32Array<ArrayBuffer>;

/** What is left to compress of a subtree: its last block, which alone learns whether it is the root. */
type Pending = {
  readonly value: Words;
  readonly block: Words;
  readonly counter: number;
  readonly length: number;
  readonly flags: number;
};

/** The 32-byte BLAKE3 hash of `input`, unkeyed. */
export function blake3(input: Uint8Array): Uint8Array {
  const root = subtree(input, 0);
  const hash = compress({ ...root, flags: root.flags | ROOT });
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of hash.entries()) view.setUint32(i * 4, word, true);
  return bytes;
}

/** The tree's left side holds the largest power of two of whole chunks that leaves something to the right (2.4). */
function subtree(input: Uint8Array, firstChunk: number): Pending {
  if (input.length <= CHUNK_BYTES) return chunk(input, firstChunk);
  let left = CHUNK_BYTES;
  while (left * 2 < input.length) left *= 2;
  const block = new Uint32Array(16);
  block.set(compress(subtree(input.subarray(0, left), firstChunk)), 0);
  block.set(compress(subtree(input.subarray(left), firstChunk + left / CHUNK_BYTES)), 8);
  return { value: IV, block, counter: 0, length: BLOCK_BYTES, flags: PARENT };
}

function chunk(input: Uint8Array, counter: number): Pending {
  let value: Words = IV;
  for (let at = 0; ; at += BLOCK_BYTES) {
    const bytes = input.subarray(at, at + BLOCK_BYTES);
    const start = at === 0 ? CHUNK_START : 0;
    const pending = { value, block: wordsOf(bytes), counter, length: bytes.length };
    if (at + BLOCK_BYTES >= input.length) return { ...pending, flags: start | CHUNK_END };
    value = compress({ ...pending, flags: start });
  }
}

function wordsOf(bytes: Uint8Array): Words {
  const padded = new Uint8Array(BLOCK_BYTES);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Uint32Array.from({ length: 16 }, (_, i) => view.getUint32(i * 4, true));
}

/** The compression function, cut to the chaining value (2.2). */
function compress({ value, block, counter, length, flags }: Pending): Words {
  const high = Math.floor(counter / 2 ** 32);
  const state = Uint32Array.of(...value, ...IV.subarray(0, 4), counter, high, length, flags);
  let words = block;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, [a, b, c, d]] of MIXES.entries()) {
      mix(state, [a, b, c, d], words[2 * i] ?? 0, words[2 * i + 1] ?? 0);
    }
    words = Uint32Array.from(PERMUTATION, (from) => words[from] ?? 0);
  }
  return Uint32Array.from({ length: 8 }, (_, i) => (state[i] ?? 0) ^ (state[i + 8] ?? 0));
}

function mix(
  state: Words,
  [a, b, c, d]: readonly [number, number, number, number],
  x: number,
  y: number,
): void {
  const at = (i: number): number => state[i] ?? 0;
  const turn = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));
  state[a] = at(a) + at(b) + x;
  state[d] = turn(at(d) ^ at(a), 16);
  state[c] = at(c) + at(d);
  state[b] = turn(at(b) ^ at(c), 12);
  state[a] = at(a) + at(b) + y;
  state[d] = turn(at(d) ^ at(a), 8);
  state[c] = at(c) + at(d);
  state[b] = turn(at(b) ^ at(c), 7);
}
