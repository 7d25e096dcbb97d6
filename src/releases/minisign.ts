import { createHash, createPublicKey, verify } from "node:crypto";
import { WnmError } from "../base/errors.ts";

const KEY_BYTES = 42;
const SIGNATURE_BYTES = 74;
/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const TRUSTED = "trusted comment: ";

/**
 * Checks a minisign signature (https://jedisct1.github.io/minisign/, prehashed form "ED") over `data` and returns the
 * trusted comment, which the signature covers too. `publicKey` is the base64 line of the key file.
 * Throws WnmError unless every part of it is right.
 */
export function verifiedComment(data: Uint8Array, signature: string, publicKey: string): string {
  const key = Buffer.from(publicKey, "base64");
  if (key.length !== KEY_BYTES || key.toString("latin1", 0, 2) !== "Ed")
    throw new WnmError("The release key in this build is damaged; install wnm again with install.sh");
  const [, signed = "", comment = "", global = ""] = signature.split(/\r?\n/);
  const packet = Buffer.from(signed, "base64");
  if (
    packet.length !== SIGNATURE_BYTES ||
    packet.toString("latin1", 0, 2) !== "ED" ||
    !comment.startsWith(TRUSTED)
  )
    throw new WnmError("The signature of the release is not a minisign signature; nothing was changed");
  if (!packet.subarray(2, 10).equals(key.subarray(2, 10)))
    throw new WnmError("The release is signed with another key than wnm's; nothing was changed");

  const publicPart = createPublicKey({
    key: Buffer.concat([ED25519_PREFIX, key.subarray(10)]),
    format: "der",
    type: "spki",
  });
  const ofData = packet.subarray(10);
  const trusted = comment.slice(TRUSTED.length);
  const isRight =
    verify(null, createHash("blake2b512").update(data).digest(), publicPart, ofData) &&
    verify(null, Buffer.concat([ofData, Buffer.from(trusted)]), publicPart, Buffer.from(global, "base64"));
  if (!isRight) throw new WnmError("The signature of the release is wrong; nothing was changed");
  return trusted;
}
