/** How long a child may keep the lock of a run that was killed while starting it, until the child's exec(2). */
export const LEFTOVER_MS = 1_000;
/** The interval between checks of a run being waited for. */
export const LOOK_MS = 100;
/** The interval between attempts. */
export const POLL_MS = 10;
