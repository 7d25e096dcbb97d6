/**
 * The umask of a node, independent of the caller's: its files are private to its account, or also readable by the
 * operator's group that its folder is open to (`folderMode`). `readers`: that group's number.
 */
export const nodeUmask = (readers: number | undefined): number => (readers === undefined ? 0o077 : 0o027);
