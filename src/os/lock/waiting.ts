/** A run killed while it starts a child leaves the lock to that child until the child has become the other program. */
export const LEFTOVER_MS = 1_000;
/** Between two looks at a run that is waited for. */
export const LOOK_MS = 100;
/** Between two tries. */
export const POLL_MS = 10;
