import { createHash, createPrivateKey, sign } from "node:crypto";

/** DER of an Ed25519 private key up to its 32 bytes (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SECRET_BYTES = 158;
const KEY_ID = 54;
const SEED = 62;
const PUBLIC = 94;

/** A key pair of minisign. */
export type KeyPair = {
  /** The base64 line of the public key file. */
  readonly publicKey: string;
  /** The text of a .minisig file: a signature over `data` and over the one-line comment. */
  readonly sign: (data: Uint8Array, trustedComment: string) => string;
};

/**
 * Reads a minisign secret key without a password (`minisign -G -W`): the file's text, or its base64 line alone.
 * Format: https://jedisct1.github.io/minisign/#secret-key-format. Throws on anything else.
 */
export function readKeyPair(text: string): KeyPair {
  const line = text.trim().split("\n").at(-1) ?? "";
  const secret = Buffer.from(line, "base64");
  if (secret.length !== SECRET_BYTES || secret.toString("latin1", 0, 2) !== "Ed")
    throw new Error("the signing key is no minisign secret key");
  if (secret.readUInt16LE(2) !== 0)
    throw new Error("the signing key has a password; make one without: minisign -G -W");
  const id = secret.subarray(KEY_ID, SEED);
  const key = createPrivateKey({
    key: Buffer.concat([ED25519_PREFIX, secret.subarray(SEED, PUBLIC)]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = Buffer.concat([Buffer.from("Ed"), id, secret.subarray(PUBLIC, PUBLIC + 32)]).toString(
    "base64",
  );
  return {
    publicKey,
    sign: (data, trustedComment) => {
      const ofData = sign(null, createHash("blake2b512").update(data).digest(), key);
      const ofAll = sign(null, Buffer.concat([ofData, Buffer.from(trustedComment)]), key);
      return [
        `untrusted comment: check with: minisign -Vm SHA256SUMS -P ${publicKey}`,
        Buffer.concat([Buffer.from("ED"), id, ofData]).toString("base64"),
        `trusted comment: ${trustedComment}`,
        ofAll.toString("base64"),
        "",
      ].join("\n");
    },
  };
}
