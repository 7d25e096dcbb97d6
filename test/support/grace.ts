import { type StopGrace, stopGrace } from "../../src/process/contract/stop-grace.ts";

/** How much time a test's nodes have to end: as in a new colony by default. */
export const aGrace = (seconds = 30): StopGrace => stopGrace(seconds, () => Math.floor(Date.now() / 1000));
