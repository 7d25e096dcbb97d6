import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The Bun that every release is made of. */
export const BUN_VERSION = "1.4.5";

/**
 * The runtime each artefact is compiled into: the package that holds it and the sha256 of its `bin/bun`.
 * To move to another Bun: change BUN_VERSION and package.json, run `bun scripts/runtimes.ts`, put in what it prints.
 */
export const RUNTIMES = {
  "linux-x64": {
    package: "@oven/bun-linux-x64",
    sha256: "f05d28a3862f4b84395c7fa32480b835dd47482e80b7e7a49a115227f0c06083",
  },
  "linux-arm64": {
    package: "@oven/bun-linux-aarch64",
    sha256: "04778f1f42399a69d086853e9c7af4acf574b2f21a43d0dc673853d8b84a2923",
  },
  "linux-x64-musl": {
    package: "@oven/bun-linux-x64-musl",
    sha256: "cf5d285ddbe256785a5121a3c113191a6b577504976374c7cfd5aedca609b720",
  },
  "linux-arm64-musl": {
    package: "@oven/bun-linux-aarch64-musl",
    sha256: "9c48986093073afec8b76a3e285303598dd2462f52748aecb65e4d94866e1ea3",
  },
  "darwin-arm64": {
    package: "@oven/bun-darwin-aarch64",
    sha256: "e2984124f1514e1e6bbda20adedbf07a02c443c6a5828853a15c7c7abf78e19f",
  },
  "darwin-x64": {
    package: "@oven/bun-darwin-x64",
    sha256: "88f97645b270aef20f9f9442f1658461cab3e7128e658af4615144e3396f084a",
  },
} as const satisfies Record<string, { readonly package: string; readonly sha256: string }>;

export type Target = keyof typeof RUNTIMES;
export const TARGETS = Object.keys(RUNTIMES) as readonly Target[];

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "wnm-runtimes");

/** The sha256 of a file, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of Bun.file(path).stream()) hash.update(chunk);
  return hash.digest("hex");
}

/**
 * The path of a target's runtime, whose bytes are those that the table names. It comes from the cache (outside the
 * checkout) or from the package manager; the check is made each time, for Bun makes none. Throws on any other bytes.
 */
export async function runtimeOf(target: Target): Promise<string> {
  const { package: name, sha256 } = RUNTIMES[target];
  const cached = join(CACHE, sha256);
  if (!existsSync(cached)) await fetchRuntime(name, target, cached);
  const found = await sha256Of(cached);
  if (found === sha256) return cached;
  rmSync(cached);
  throw new Error(`${name}@${BUN_VERSION}: the runtime has sha256 ${found}, but ${sha256} is pinned`);
}

async function fetchRuntime(name: string, target: Target, cached: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(CACHE, "fetch-"));
  try {
    await Bun.write(join(folder, "package.json"), JSON.stringify({ dependencies: { [name]: BUN_VERSION } }));
    const [os, cpu] = target.split("-");
    const install = Bun.spawn(
      [process.execPath, "install", "--no-save", "--ignore-scripts", `--os=${os}`, `--cpu=${cpu}`],
      { cwd: folder, stdin: "ignore", stdout: "ignore", stderr: "pipe", timeout: 300_000 },
    );
    const [complaint, code] = await Promise.all([install.stderr.text(), install.exited]);
    if (code !== 0) throw new Error(`${name}@${BUN_VERSION} cannot be had: ${complaint}`);
    // A copy: the package manager may have linked the file to its own cache, which others write to.
    const copy = join(folder, "bun");
    copyFileSync(join(folder, "node_modules", name, "bin", "bun"), copy);
    chmodSync(copy, 0o755);
    renameSync(copy, cached);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  for (const target of TARGETS) {
    const path = await runtimeOf(target).catch((error: Error) => error.message);
    process.stdout.write(`${target}: ${path}\n`);
  }
}
