/** A downloaded file, or a file out of one, in memory: nobody can change it between two looks. */
export type Artefact = {
  readonly name: string;
  /** Where it came from, for messages. */
  readonly from: string;
  readonly bytes: Uint8Array;
};

declare const proof: unique symbol;

/** An artefact that a signature or a published checksum proves. Only `verify.ts` makes one, and only one is installed. */
export type Verified = Artefact & { readonly [proof]: true };
