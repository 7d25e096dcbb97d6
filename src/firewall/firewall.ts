/** A port that a node listens on, and the words by which its rule is known as the colony's own. */
export type Opening = { readonly port: number; readonly comment: string };

/**
 * Opens and closes the nodes' UDP ports. Each method may be called again and ends in the same state; rules that carry
 * another comment are somebody else's and never touched. Throws WnmError when the rights are missing.
 */
export interface Firewall {
  /** Lets packets for these ports in. A port that has a rule already keeps it, whoever made it. */
  open(openings: readonly Opening[]): Promise<void>;
  /** Takes the colony's own rules for these ports away. */
  close(openings: readonly Opening[]): Promise<void>;
}
