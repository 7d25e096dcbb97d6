/** BLAKE3 in its default mode, 32 bytes. The library is loaded at the first call: only new keys are hashed. */
export function blake3(message: Uint8Array): Uint8Array {
  const library: typeof import("@noble/hashes/blake3.js") = require("@noble/hashes/blake3.js");
  return library.blake3(message);
}
