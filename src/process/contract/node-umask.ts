/**
 * The umask of a node, independent of the caller's. Its files are private to its account or, with `readers` (a gid), also
 * readable by the operator's group, to which its folder is open (`folderMode`).
 */
export const nodeUmask = (readers: number | undefined): number => (readers === undefined ? 0o077 : 0o027);
