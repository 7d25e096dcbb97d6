/** A UDP port that a node listens on, and the comment that marks its rule as the colony's. */
export type Opening = { readonly port: number; readonly comment: string };

/**
 * Opens and closes the nodes' UDP ports. Each method may be called again and ends in the same state. Rules with another
 * comment belong to others and are never touched. Throws WnmError when this account may not change the firewall.
 */
export interface Firewall {
  /** Opens these ports. A port that already has a rule keeps it, no matter who made it. */
  open(openings: readonly Opening[]): Promise<void>;
  /** Removes the colony's own rules for these ports. */
  close(openings: readonly Opening[]): Promise<void>;
}
