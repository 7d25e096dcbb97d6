import { antnode } from "./antnode.ts";
import type { Software } from "./software.ts";

/** Every kind of node program that wnm knows. */
export const SOFTWARE = { antnode } satisfies Record<string, Software>;
