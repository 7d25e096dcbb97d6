import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** What is measured against what. */
export type Programs = {
  readonly wnm: string;
  /** A compiled hello world that writes as wnm does: no program of this runtime that uses files can be faster. */
  readonly hello: string;
  /** A compiled hello world that only calls console.log: no program of this runtime can be faster. */
  readonly console_log: string;
  /** undefined when it cannot be installed here. */
  readonly python: { readonly program: string; readonly version: string } | undefined;
  readonly curl: string | undefined;
};

/** Where 0.5.0 is not to be had the nearest version is measured in its place, and the table says which. */
const PYTHON_VERSIONS = ["0.5.0", "0.5.1"] as const;
const PYTHONS = ["python3.13", "python3.12", "python3.14", "python3"] as const;

/** Builds what is ours with the flags of a release, and installs the rival into a virtual environment in `cache`. */
export async function makePrograms(
  cache: string,
  given: { wnm?: string; python: boolean },
): Promise<Programs> {
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const wnm = given.wnm ?? join(cache, "wnm");
  const [hello, console_log] = [join(cache, "hello"), join(cache, "console-log")];
  if (given.wnm === undefined) await build("src/main.ts", wnm);
  await build("scripts/bench/hello.ts", hello);
  await build("scripts/bench/console-log.ts", console_log);
  const python = given.python ? await pythonWnm(cache) : undefined;
  return { wnm, hello, console_log, python, curl: Bun.which("curl") ?? undefined };
}

async function build(entry: string, outfile: string): Promise<void> {
  await succeed([process.execPath, "scripts/build.ts", `--entry=${entry}`, `--outfile=${outfile}`]);
}

async function pythonWnm(cache: string): Promise<Programs["python"]> {
  for (const version of PYTHON_VERSIONS) {
    const folder = join(cache, `python-wnm-${version}`);
    const program = join(folder, "bin/wnm");
    if (existsSync(program)) {
      await giveMigrations(folder);
      return { program, version };
    }
    for (const name of PYTHONS) {
      const python = Bun.which(name);
      if (python === null) continue;
      try {
        await succeed([python, "-m", "venv", folder]);
        const pip = ["-m", "pip", "install", "--quiet", "--ignore-requires-python", `wnm==${version}`];
        await succeed([join(folder, "bin/python"), ...pip]);
        await giveMigrations(folder);
        return { program, version };
      } catch {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  return undefined;
}

/**
 * Python wnm compares its database with migration scripts that its package does not carry, and ends without them:
 * it gets a set that says "up to date".
 */
async function giveMigrations(folder: string): Promise<void> {
  const [library] = [...new Bun.Glob("lib/python3*").scanSync({ cwd: folder, onlyFiles: false })];
  const place = join(folder, library ?? "lib");
  const scripts = join(place, "migrations");
  await Bun.write(join(place, "alembic.ini"), `[alembic]\nscript_location = ${scripts}\n`);
  await Bun.write(join(scripts, "env.py"), "");
  await Bun.write(
    join(scripts, "versions/e2f4a512d24c.py"),
    'revision = "e2f4a512d24c"\ndown_revision = None\n',
  );
}

async function succeed(argv: readonly string[]): Promise<void> {
  const child = Bun.spawn([...argv], { cwd: ROOT, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [stderr, code] = await Promise.all([child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
}
