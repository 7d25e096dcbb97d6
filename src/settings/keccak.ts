/** Keccak-256 with the original padding, as Ethereum uses it. Loads its library at the first call, because few runs need it. */
export function keccak256(message: Uint8Array): Uint8Array {
  const { keccak_256 }: typeof import("@noble/hashes/sha3.js") = require("@noble/hashes/sha3.js");
  return keccak_256(message);
}
