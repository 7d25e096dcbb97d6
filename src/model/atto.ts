/** A non-negative decimal number: integer part, fraction, exponent. */
const NUMERAL = /^\+?(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Digits of the largest amount in a token contract (2^256 - 1). */
const MOST_DIGITS = 78;

/** Converts a decimal number to atto, truncated to 18 decimals. undefined: not a number, or too large for a contract. */
export function attoIn(text: string): bigint | undefined {
  const [, whole = "", fraction = "", exponent = "0"] = NUMERAL.exec(text) ?? [];
  if (whole === "") return undefined;
  const digits = (whole + fraction).replace(/^0+/, "");
  const length = digits.length - fraction.length + Number(exponent);
  if (digits === "" || length <= 0) return 0n;
  return length > MOST_DIGITS ? undefined : BigInt(digits.slice(0, length).padEnd(length, "0"));
}

const DECIMALS = 18;

export const ATTO_PER_ANT = 10n ** BigInt(DECIMALS);

/** The amount in ANT with all digits: "0.0412", "3". One ANT is 10^18 atto. */
export function antOf(atto: bigint): string {
  const digits = String(atto).padStart(DECIMALS + 1, "0");
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, "");
  return `${digits.slice(0, -DECIMALS)}${fraction === "" ? "" : `.${fraction}`}`;
}
