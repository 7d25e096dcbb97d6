/** Releases of node programs as their project makes them, signed with a test key, and damaged in every way. */

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { buildWnm, DEVELOPMENT } from "../../scripts/build.ts";

/** A key that signs only releases for tests. */
export const KEY = ml_dsa65.keygen(new Uint8Array(32).fill(7));
export const OTHER_KEY = ml_dsa65.keygen(new Uint8Array(32).fill(8));
export const CONTEXT = "ant-node-release-v1";

/** The archive for this machine. */
export const ASSET = `ant-node-cli-${process.platform === "darwin" ? "macos" : "linux"}-${process.arch}.tar.gz`;
export const PEERS = 'peers = ["192.0.2.1:10000"]\n';

export const sign = (bytes: Uint8Array, secretKey = KEY.secretKey, context = CONTEXT): Uint8Array =>
  ml_dsa65.sign(bytes, secretKey, { context: new TextEncoder().encode(context) });

/** A wnm that accepts releases signed with KEY, and antnode's release information from there. */
export async function wnmWithTestKey(antnodeInformation = ""): Promise<string> {
  const wnm = join(mkdtempSync(join(tmpdir(), "wnm-get-node-build-")), "wnm");
  const antNodeKey = KEY.publicKey.toBase64();
  await buildWnm(wnm, { ...DEVELOPMENT, antNodeKey, antnodeInformation });
  return wnm;
}

/** An entry of a tar archive: a file unless `type` says otherwise. */
export type TarEntry = {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly type?: string;
  readonly link?: string;
  /** Written to the header in place of the content's size. */
  readonly size?: string;
};

/** A .tar.gz in the POSIX ustar format. */
export function tarGz(entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? "");
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return [headerOf(entry, content.length), content, padding];
  });
  return Bun.gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 1 });
}

function headerOf({ name, type = "0", link = "", size }: TarEntry, length: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000755\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(size ?? `${length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** A node program of one shell line that leaves a mark when it is run. */
export const shellProgram = (version: string, mark: string, program = "ant-node"): string =>
  `#!/bin/sh\necho ran >> '${mark}'\n[ "$1" = --version ] && echo '${program === "antnode" ? `Autonomi Node v${version}` : `${program} ${version}`}'\nexit 0\n`;

/** The entries of a release of ant-node. */
export const entriesOf = (program: string | Uint8Array): readonly TarEntry[] => [
  { name: "ant-node", content: program },
  { name: "bootstrap_peers.toml", content: PEERS },
];

/** Writes a signed release to a new folder below `parent` and returns the folder. */
export function makeRelease(parent: string, entries: readonly TarEntry[]): string {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "release-"));
  const archive = tarGz(entries);
  writeFileSync(join(folder, ASSET), archive);
  writeFileSync(join(folder, `${ASSET}.sig`), sign(archive));
  return folder;
}
