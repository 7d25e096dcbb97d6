/** A downloaded or extracted file, kept in memory so that nobody can change it after it was verified. */
export type Artefact = {
  readonly name: string;
  /** Where it came from, for messages. */
  readonly from: string;
  readonly bytes: Uint8Array;
};

declare const proof: unique symbol;

/** An artefact verified by a signature or checksum. Only `verify.ts` creates one, and nothing else is installed. */
export type Verified = Artefact & { readonly [proof]: true };
