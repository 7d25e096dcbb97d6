import fc from "fast-check";

/** Any character of a text, for `fc.string`; fast-check's own unit "binary" takes seconds to list them all first. */
export const ANY_CHARACTER = fc.nat(0x10_ffff).map((point) => String.fromCodePoint(point));
