import * as v from "valibot";
import { type NodeId, SOFTWARE_KINDS } from "./node.ts";

const FORMAT = "wnm-keys-1";

/** Base64, not empty, with its padding. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/;

const nodeKey = v.pipe(
  v.object({
    id: v.pipe(
      v.number(),
      v.safeInteger(),
      v.minValue(1),
      v.transform((id) => id as NodeId),
    ),
    software: v.picklist(SOFTWARE_KINDS),
    peer_id: v.fallback(v.optional(v.string()), undefined),
    /** Content of its key file, in base64. */
    key: v.pipe(v.string(), v.regex(BASE64)),
  }),
  v.readonly(),
);

/** The identity of one node. */
export type NodeKey = v.InferOutput<typeof nodeKey>;

const archive = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    format: v.literal(FORMAT),
    host: v.string(),
    nodes: v.pipe(
      v.array(nodeKey),
      v.check((nodes) => new Set(nodes.map(({ id }) => id)).size === nodes.length),
    ),
  }),
);

/** The identities of a colony, and the machine they come from. */
export type KeyArchive = {
  /** The machine's mark, because the network shuns an identity that runs on two machines. */
  readonly host: string;
  readonly nodes: readonly NodeKey[];
};

/** The archive as the text of a file. */
export const writeArchive = ({ host, nodes }: KeyArchive): string =>
  `${JSON.stringify({ format: FORMAT, host, nodes }, undefined, 2)}\n`;

/** Parses an archive; undefined unless it is complete and well-formed. */
export function readArchive(text: string): KeyArchive | undefined {
  const { success, output } = v.safeParse(archive, text);
  return success ? { host: output.host, nodes: output.nodes } : undefined;
}
