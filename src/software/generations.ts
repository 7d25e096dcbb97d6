import type { SoftwareKind } from "../model/node.ts";
import { antNode } from "./ant-node.ts";
import { antnode } from "./antnode.ts";
import type { Software } from "./software.ts";

/** Every kind of node program that wnm knows. */
export const SOFTWARE: Readonly<Record<SoftwareKind, Software>> = { antnode, "ant-node": antNode };
