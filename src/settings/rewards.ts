import { quoted } from "../base/text.ts";
import { keccak256 } from "./keccak.ts";

/** Address of the name `faucet`, and of `donate` unless --donate_address names another. */
export const FAUCET_ADDRESS = "0x00455d78f850b0358E8cea5be24d415E01E107CF";

/** One wallet of a weighted list; `wallet` is an address or a name. */
export type Share = { readonly wallet: string; readonly weight: number };

const NAMES = ["faucet", "donate"] as const;

/** The address as typed, or what is wrong with it; in mixed case its EIP-55 checksum has to be right. */
export function normaliseAddress(text: string): { address: string } | { problem: string } {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    return { problem: `Expected 0x and 40 hexadecimal digits but received ${quoted(text)}` };
  }
  const digits = text.slice(2);
  if (/^0+$/.test(digits)) {
    return {
      problem: `${quoted(text)} is the zero address, which belongs to nobody: what it is paid is lost`,
    };
  }
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!oneCase && checksummed(text) !== text) {
    return {
      problem: `The EIP-55 checksum of ${quoted(text)} is wrong; check for a typo (lower case is accepted unchecked)`,
    };
  }
  return { address: text };
}

/** The EIP-55 form: a letter is upper case where the hash of the lower-case digits has a nibble above 7. */
export function checksummed(address: string): string {
  const digits = address.slice(2).toLowerCase();
  const hash = keccak256(new TextEncoder().encode(digits));
  let out = "0x";
  for (let i = 0; i < digits.length; i++) {
    const nibble = ((hash[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15;
    const digit = digits.charAt(i);
    out += nibble > 7 ? digit.toUpperCase() : digit;
  }
  return out;
}

/** A list of wallets, or what is wrong with it. */
export type Rewards = { readonly shares: readonly Share[] } | { readonly problem: string };

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
/** What Python's int() reads as a number, except digits of other scripts. */
const WHOLE_NUMBER = /^[+-]?\d+(?:_\d+)*$/;
/** A JavaScript number holds 15 digits exactly. */
const MOST_WEIGHT = 999_999_999_999_999;

/**
 * "0xA:90,donate:10" -> its shares, read as Python wnm reads it: the default weight is 1, empty parts are skipped,
 * weights may be written `+5` or `1_000`, and checksums are not checked.
 */
export function parseRewards(text: string): Rewards {
  const shares: Share[] = [];
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "") continue;
    const [wallet = "", weight = "1", ...rest] = part.split(":").map((piece) => piece.trim());
    if (rest.length > 0) return { problem: `Expected WALLET:WEIGHT but received ${quoted(part)}` };
    const name = NAMES.find((known) => known === wallet.toLowerCase());
    if (name === undefined && !ADDRESS.test(wallet)) {
      const expected = wallet.startsWith("0x")
        ? "0x and 40 hexadecimal digits"
        : "a 0x address, faucet or donate";
      return { problem: `Expected ${expected} but received ${quoted(wallet)}` };
    }
    const number = WHOLE_NUMBER.test(weight) ? Number(weight.replaceAll("_", "")) : Number.NaN;
    if (!(number >= 1 && number <= MOST_WEIGHT))
      return { problem: `Expected a weight of 1 or more but received ${quoted(weight)} in ${quoted(part)}` };
    shares.push({ wallet: name ?? wallet, weight: number });
  }
  return shares.length === 0
    ? { problem: "Expected a 0x address, faucet or donate but received nothing" }
    : { shares };
}

/** True when the list names `donate`, or cannot be read. */
export function paysDonate(rewards_address: string): boolean {
  const parsed = parseRewards(rewards_address);
  return "problem" in parsed || parsed.shares.some(({ wallet }) => wallet === "donate");
}

/** What is wrong with a list that was just typed, checksums included; undefined when nothing is. */
export function rewardsProblem(text: string): string | undefined {
  const parsed = parseRewards(text);
  if ("problem" in parsed) return parsed.problem;
  for (const { wallet } of parsed.shares) {
    const checked = ADDRESS.test(wallet) ? normaliseAddress(wallet) : undefined;
    if (checked !== undefined && "problem" in checked) return checked.problem;
  }
  return undefined;
}

/**
 * Draws an address by weight; `dice` is in [0, 1). undefined for an unreadable list, because no other wallet may be paid
 * instead.
 */
export function chooseWallet(
  rewards_address: string | undefined,
  donate_address: string,
  dice: number,
): string | undefined {
  const parsed = parseRewards(rewards_address ?? "");
  if ("problem" in parsed) return undefined;
  const total = parsed.shares.reduce((sum, share) => sum + share.weight, 0);
  let rest = dice * total;
  let chosen: Share | undefined;
  for (const share of parsed.shares) {
    chosen = share;
    rest -= share.weight;
    if (rest < 0) break;
  }
  return chosen === undefined ? undefined : walletAddress(chosen.wallet, donate_address);
}

const walletAddress = (wallet: string, donate_address: string): string => {
  if (wallet === "faucet") return FAUCET_ADDRESS;
  return wallet === "donate" ? donate_address : wallet;
};
