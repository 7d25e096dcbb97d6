import { type NodeId, SOFTWARE_KINDS, type SoftwareKind } from "./node.ts";

/** The identity of one node. */
export type NodeKey = {
  readonly id: NodeId;
  readonly software: SoftwareKind;
  readonly peer_id: string | undefined;
  /** Content of its key file, in base64. */
  readonly key: string;
};

/** Identities of a colony and the machine that they live on. */
export type KeyArchive = {
  /** Mark of the machine: nodes of one identity on two machines are shunned by the network. */
  readonly host: string;
  readonly nodes: readonly NodeKey[];
};

const FORMAT = "wnm-keys-1";

/** The archive as the text of a file. */
export const writeArchive = ({ host, nodes }: KeyArchive): string =>
  `${JSON.stringify({ format: FORMAT, host, nodes }, undefined, 2)}\n`;

/** Reads the text of an archive; undefined when any part of it is not as `writeArchive` writes it. */
export function readArchive(text: string): KeyArchive | undefined {
  const archive = objectIn(text);
  if (archive?.format !== FORMAT || typeof archive.host !== "string" || !Array.isArray(archive.nodes))
    return undefined;
  const nodes = archive.nodes.map(readKey);
  const known = nodes.filter((node) => node !== undefined);
  const numbers = new Set(known.map(({ id }) => id));
  return known.length === nodes.length && numbers.size === nodes.length
    ? { host: archive.host, nodes: known }
    : undefined;
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readKey(value: unknown): NodeKey | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id, software, peer_id, key } = value as Readonly<Record<string, unknown>>;
  const kind = SOFTWARE_KINDS.find((known) => known === software);
  if (!Number.isSafeInteger(id) || Number(id) < 1 || kind === undefined) return undefined;
  if (
    typeof key !== "string" ||
    !/^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(key)
  )
    return undefined;
  return {
    id: Number(id) as NodeId,
    software: kind,
    peer_id: typeof peer_id === "string" ? peer_id : undefined,
    key,
  };
}
