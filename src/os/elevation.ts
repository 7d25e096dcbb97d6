/** How commands get the rights of another account. */
export type Elevation = {
  /** Put before a command to run it as root. */
  readonly asRoot: readonly string[];
  /** Put before a command to run it as the nodes' account. */
  readonly asNode: readonly string[];
};

/** Account that nodes of the sudo modes run as. */
export const NODE_ACCOUNT = "ant";

/** Root has every right; others ask sudo, which must never ask back. */
export const elevation = (uid: number, account: string = NODE_ACCOUNT): Elevation =>
  uid === 0
    ? { asRoot: [], asNode: ["runuser", "-u", account, "--"] }
    : { asRoot: ["sudo", "-n"], asNode: ["sudo", "-n", "-u", account, "--"] };
