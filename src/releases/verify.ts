import { WnmError } from "../base/errors.ts";
import type { Artefact, Verified } from "./artefact.ts";

/** Returns the artefact as verified. Throws WnmError unless it has this sha256 (hexadecimal). */
export function verifiedBySha256<A extends Artefact>(artefact: A, sha256: string): A & Verified {
  const found = sha256Of(artefact.bytes);
  if (found !== sha256)
    throw new WnmError(
      `${artefact.from} is not what was released: its sha256 is ${found}, not ${sha256}; nothing was changed`,
    );
  return artefact as A & Verified;
}

/** An ML-DSA-65 public key (FIPS 204) and the context string of its signatures. */
export type ReleaseKey = { readonly publicKey: Uint8Array; readonly context: string };

/** Bytes of an ML-DSA-65 signature. */
export const SIGNATURE_BYTES = 3309;

/**
 * Returns the artefact as verified. Throws WnmError unless `signature` is the key's pure ML-DSA-65 signature over all of
 * its bytes. Bun's own ML-DSA takes no context, so the one of @noble/post-quantum is loaded.
 */
export async function verifiedByMlDsa(
  artefact: Artefact,
  signature: Uint8Array,
  { publicKey, context }: ReleaseKey,
): Promise<Verified> {
  const { ml_dsa65 } = await import("@noble/post-quantum/ml-dsa.js");
  const isRight =
    signature.length === SIGNATURE_BYTES &&
    ml_dsa65.verify(signature, artefact.bytes, publicKey, { context: new TextEncoder().encode(context) });
  if (!isRight)
    throw new WnmError(
      `${artefact.from} is not what was released: its signature is wrong; nothing was changed`,
    );
  return artefact as Verified;
}

/** The sha256 of bytes in hexadecimal. */
export const sha256Of = (bytes: Uint8Array): string =>
  new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
