import * as v from "valibot";
import { WnmError } from "../base/errors.ts";
import { download } from "../releases/download.ts";
import { unpackTar } from "../releases/tar.ts";
import { verifiedBySha256 } from "../releases/verify.ts";
import { type Elsewhere, isVersion, type Machine, type NodeRelease, type Wanted } from "./node-release.ts";
import { NODE_RELEASES } from "./release-stamp.ts";

const INFORMATION = { max_bytes: 4 * 1024 * 1024, deadline_ms: 60_000 };

const PROGRAM = "antnode";

const TRIPLES: Readonly<Record<string, string>> = {
  "linux x64": "x86_64-unknown-linux-musl",
  "linux arm64": "aarch64-unknown-linux-musl",
  "darwin x64": "x86_64-apple-darwin",
  "darwin arm64": "aarch64-apple-darwin",
};

const Information = v.object({
  body: v.string(),
  published_at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
});

/** antnode's entry for one platform in the project's release notes. */
type Published = { readonly version: string; readonly sha256: string };

/**
 * Finds the latest release of antnode. Archives are unsigned; the program's SHA-256 comes from the project's release notes,
 * as in antnode's own upgrader (ant-releases 0.4, src/lib.rs). These cover only the latest release, so no other version can
 * be verified. Throws WnmError.
 */
export async function antnodeRelease(
  wanted: Wanted,
  { mirror, archive }: Elsewhere,
  machine: Machine,
): Promise<NodeRelease> {
  const triple = TRIPLES[`${machine.platform} ${machine.arch}`];
  if (triple === undefined) throw new WnmError(`There is no antnode for ${machine.arch} processors`);
  if (wanted.channel === "beta") throw new WnmError("antnode has no beta channel; use --node_channel stable");
  const source = NODE_RELEASES.antnodeInformation;
  const { body, published_at } = await information(source);
  const published = publishedFor(body, triple);
  if (published === undefined)
    throw new WnmError(
      `antnode is not fetched: its archives carry no signature, and ${source} has no sha256 of it for ${triple}; nothing was changed`,
    );
  const { version, sha256 } = published;
  if (wanted.version !== "latest" && wanted.version !== version)
    throw new WnmError(
      `antnode ${wanted.version} is not fetched: its archives carry no signature, and ${source} has the sha256 of ${version} alone; nothing was changed`,
    );
  const name = `antnode-${version}-${triple}.tar.gz`;
  return {
    software: "antnode",
    version,
    published_at: published_at === undefined ? undefined : Math.floor(Date.parse(published_at) / 1000),
    archive:
      archive === undefined ? { url: `${mirror ?? NODE_RELEASES.antnode}/${name}` } : { file: archive },
    name,
    verify: async (packed) => {
      const found = unpackTar(packed, [PROGRAM]).get(PROGRAM);
      if (found === undefined)
        throw new WnmError(`${packed.from} contains no ${PROGRAM}; nothing was changed`);
      return new Map([[PROGRAM, verifiedBySha256(found, sha256)]]);
    },
  };
}

async function information(source: string): Promise<v.InferOutput<typeof Information>> {
  const text = new TextDecoder().decode(await download(source, INFORMATION));
  try {
    return v.parse(Information, JSON.parse(text));
  } catch {
    throw new WnmError(`${source} is not the information of a release; nothing was changed`);
  }
}

/** Parses antnode's version and the platform's SHA-256 from the Markdown of a release. Pure. */
export function publishedFor(body: string, triple: string): Published | undefined {
  const version = /^\* `antnode`: v?(\S+)\s*$/m.exec(body)?.[1];
  const part = body.split(/^### /m).find((text) => text.split(/\s/, 1)[0] === triple);
  const sha256 = /^\| antnode \| `([a-f0-9]{64})` \|\s*$/m.exec(part ?? "")?.[1];
  return version === undefined || sha256 === undefined || !isVersion(version)
    ? undefined
    : { version, sha256 };
}
