import { describe, expect, test } from "bun:test";
import { walletFindings } from "../../src/observe/unreadable-findings.ts";
import {
  checksummed,
  chooseWallet,
  FAUCET_ADDRESS,
  normaliseAddress,
  parseRewards,
  rewardsProblem,
} from "../../src/settings/rewards.ts";

// The examples in EIP-55 itself.
const CHECKSUMMED = [
  "0x52908400098527886E0F7030069857D2E4169EE7",
  "0xde709f2102306220921060314715629080e2fb77",
  "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
  "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
  "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
  "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
];
const DONATE = "0x1111111111111111111111111111111111111111";

describe("addresses", () => {
  test.each(CHECKSUMMED)("%s is valid", (address) => {
    expect(checksummed(address.toLowerCase())).toBe(address);
    for (const form of [address, address.toLowerCase(), `0x${address.slice(2).toUpperCase()}`]) {
      expect(normaliseAddress(form)).toEqual({ address: form });
    }
  });

  test("one letter in the wrong case is a typing error", () => {
    const wrong = "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    expect(normaliseAddress(wrong)).toEqual({ problem: expect.stringContaining("EIP-55 checksum") });
  });

  test.each([
    "0x123",
    "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xZZ52908400098527886E0F7030069857D2E4169E",
  ])("%s is not an address", (text) => {
    expect(normaliseAddress(text)).toEqual({ problem: expect.stringContaining("40 hexadecimal digits") });
  });
});

describe("lists of wallets", () => {
  test("digits of other scripts are not a weight", () => {
    expect(parseRewards("donate:\u0663")).toHaveProperty("problem");
    expect(parseRewards("donate:3")).not.toHaveProperty("problem");
  });

  test("names may be in any case, spaces are ignored, and a missing weight is 1", () => {
    expect(parseRewards(` ${CHECKSUMMED[2]}:90 , Donate:9,FAUCET`)).toEqual({
      shares: [
        { wallet: String(CHECKSUMMED[2]), weight: 90 },
        { wallet: "donate", weight: 9 },
        { wallet: "faucet", weight: 1 },
      ],
    });
  });

  // Python wnm 0.5.0 to 0.6.3 accept these.
  test.each([
    [`${DONATE}:90,donate:10,`, [90, 10]],
    [` , ${DONATE} : 90 ,, donate`, [90, 1]],
    ["donate:1_000,faucet:+5", [1000, 5]],
    ["donate: 007 ", [7]],
    ["0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed:3", [3]],
  ])("%p is read as Python wnm reads it", (text, weights) => {
    const parsed = parseRewards(text);
    expect("shares" in parsed && parsed.shares.map(({ weight }) => weight)).toEqual(weights);
  });

  test.each([
    ["", "nothing"],
    [" , ,", "nothing"],
    ["donate:0", "weight of 1 or more"],
    ["donate:-1", "weight of 1 or more"],
    ["donate:1.5", "weight of 1 or more"],
    ["donate:", "weight of 1 or more"],
    ["donate:1__0", "weight of 1 or more"],
    ["donate:_1", "weight of 1 or more"],
    ["donate:1_", "weight of 1 or more"],
    ["donate:0x5", "weight of 1 or more"],
    ["donate:9999999999999999999999", "weight of 1 or more"],
    ["donate:1:2", "WALLET:WEIGHT"],
    ["bank:1", '"bank"'],
    ["0x123", "40 hexadecimal digits"],
    [`${DONATE}0`, "40 hexadecimal digits"],
    ["None", '"None"'],
  ])("%p is refused, with what was expected", (text, problem) => {
    expect(parseRewards(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test("checksums are checked in typed lists", () => {
    expect(rewardsProblem("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed:3,donate")).toContain("checksum");
    expect(rewardsProblem(`${CHECKSUMMED[2]}:3,donate`)).toBeUndefined();
    expect(rewardsProblem("bank")).toContain('"bank"');
  });
});

/** Numbers in [0, 1) from a seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("choosing a wallet", () => {
  test("weights are respected: 100 000 draws lie within five standard deviations", () => {
    const draws = 100_000;
    const wallet = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
    const weights: Readonly<Record<string, number>> = { [wallet]: 100, [FAUCET_ADDRESS]: 1, [DONATE]: 10 };
    const counts: Record<string, number> = {};
    const random = seeded(55);
    for (let i = 0; i < draws; i++) {
      const chosen = chooseWallet(`${wallet}:100,faucet:1,Donate:10`, DONATE, random()) ?? "nobody";
      counts[chosen] = (counts[chosen] ?? 0) + 1;
    }
    expect(Object.keys(counts).toSorted()).toEqual(Object.keys(weights).toSorted());
    for (const [address, weight] of Object.entries(weights)) {
      const share = weight / 111;
      const deviation = Math.sqrt(draws * share * (1 - share));
      expect(Math.abs((counts[address] ?? 0) - draws * share)).toBeLessThan(5 * deviation);
    }
  });

  test.each([undefined, "", "garbage", "0x123", "donate:x"])("from %p no wallet is chosen", (list) => {
    expect(chooseWallet(list, DONATE, 0.5)).toBeUndefined();
  });

  test("the edges of the shares: 0 is the first wallet, just below 1 the last", () => {
    const list = `donate:1,${CHECKSUMMED[0]}:3`;
    expect(chooseWallet(list, DONATE, 0)).toBe(DONATE);
    expect(chooseWallet(list, DONATE, 0.2499)).toBe(DONATE);
    expect(chooseWallet(list, DONATE, 0.25)).toBe(String(CHECKSUMMED[0]));
    expect(chooseWallet(list, DONATE, 1 - 2 ** -32)).toBe(String(CHECKSUMMED[0]));
  });
});

test("the zero address is refused when typed, and causes a warning when stored", () => {
  const zero = `0x${"0".repeat(40)}`;
  const lost = expect.stringContaining("belongs to nobody");
  expect(normaliseAddress(zero)).toEqual({ problem: lost });
  expect(rewardsProblem(`faucet:9,${zero}`)).toEqual(lost);
  expect(rewardsProblem(`0x${"0".repeat(39)}1`)).toBeUndefined();
  expect(walletFindings({ rewards_address: zero })).toMatchObject([{ severity: "warning", sentence: lost }]);
});
