import { keccak256 } from "./keccak.ts";

/** Where faucet and donate rewards go unless --donate_address says otherwise. */
export const FAUCET_ADDRESS = "0x00455d78f850b0358E8cea5be24d415E01E107CF";

/** A wallet of a weighted list; `wallet` is an address or a name. */
export type Share = { readonly wallet: string; readonly weight: number };

const NAMES = ["faucet", "donate"] as const;

/** The address as it was typed if it is one; in mixed case its EIP-55 checksum has to be right. */
export function normaliseAddress(text: string): { address: string } | { problem: string } {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    return { problem: `Expected 0x and 40 hexadecimal digits but received "${text}"` };
  }
  const digits = text.slice(2);
  const oneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!oneCase && checksummed(text) !== text) {
    return {
      problem: `Expected a right checksum (EIP-55) but "${text}" has a typing error; lower case is accepted unchecked`,
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

/** "0xA:90,donate:10" -> its shares; a share without a weight weighs 1. */
export function parseRewards(text: string): { shares: readonly Share[] } | { problem: string } {
  const shares: Share[] = [];
  for (const part of text.split(",").map((piece) => piece.trim())) {
    const [wallet = "", weight = "1", ...rest] = part.split(":").map((piece) => piece.trim());
    if (rest.length > 0) return { problem: `Expected WALLET:WEIGHT but received "${part}"` };
    const name = NAMES.find((known) => known === wallet.toLowerCase());
    if (name === undefined) {
      const checked = normaliseAddress(wallet);
      if ("problem" in checked) {
        return wallet.startsWith("0x")
          ? checked
          : { problem: `Expected a 0x address, faucet or donate but received "${wallet}"` };
      }
    }
    if (!/^\d{1,9}$/.test(weight) || Number(weight) < 1) {
      return { problem: `Expected a weight of 1 or more but received "${weight}" in "${part}"` };
    }
    shares.push({ wallet: name ?? wallet, weight: Number(weight) });
  }
  return { shares };
}

/** Chooses one share by weight. `dice` is in [0, 1). Gives the address that a node is started with. */
export function chooseWallet(rewards_address: string, donate_address: string, dice: number): string {
  const parsed = parseRewards(rewards_address);
  if ("problem" in parsed) return donate_address;
  const total = parsed.shares.reduce((sum, share) => sum + share.weight, 0);
  let rest = dice * total;
  for (const share of parsed.shares) {
    rest -= share.weight;
    if (rest < 0) return walletAddress(share.wallet, donate_address);
  }
  return walletAddress(parsed.shares.at(-1)?.wallet ?? "donate", donate_address);
}

const walletAddress = (wallet: string, donate_address: string): string => {
  if (wallet === "faucet") return FAUCET_ADDRESS;
  return wallet === "donate" ? donate_address : wallet;
};
