/** A UDP port that a node listens on, and the comment that marks its rule as the colony's. */
export type Opening = { readonly port: number; readonly comment: string };

/**
 * Opens and closes the nodes' UDP ports. Each method is idempotent. Rules with another comment belong to somebody else and
 * are never changed. Throws WnmError without permission to change the firewall.
 */
export interface Firewall {
  /** Opens these ports. A port that already has a rule keeps it, even one that wnm did not add. */
  open(openings: readonly Opening[]): Promise<void>;
  /** Removes the colony's own rules for these ports. */
  close(openings: readonly Opening[]): Promise<void>;
}
