import { expect, test } from "bun:test";
import { join, relative } from "node:path";
import { Glob } from "bun";
import { isFunctionLikeDeclaration, type Node, type SourceFile } from "typescript/unstable/ast";
import { API } from "typescript/unstable/async";

const ROOT = join(import.meta.dir, "..");
const MOST_LINES = 60;

/** Parsing takes two seconds on an idle machine. */
const TIMEOUT_MS = 240_000;

/** The source files of the program and its scripts, parsed by the TypeScript compiler. */
async function sourceFiles(): Promise<readonly SourceFile[]> {
  const compiler = new API({ cwd: ROOT });
  try {
    const snapshot = await compiler.updateSnapshot({ openProjects: [join(ROOT, "tsconfig.json")] });
    const files: SourceFile[] = [];
    for (const { program, rootFiles } of snapshot.getProjects())
      for (const path of rootFiles)
        if (/^(src|scripts)\//.test(relative(ROOT, path))) {
          const file = await program.getSourceFile(path);
          if (file !== undefined) files.push(file);
        }
    return files;
  } finally {
    await compiler.close();
  }
}

/** "FILE:LINE has N lines" for each function above the limit. */
function longFunctions(file: SourceFile): readonly string[] {
  const lineOf = (position: number): number => file.text.slice(0, position).split("\n").length;
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (isFunctionLikeDeclaration(node)) {
      const [first, last] = [lineOf(node.getStart(file)), lineOf(node.end)];
      const lines = last - first + 1;
      if (lines > MOST_LINES) found.push(`${relative(ROOT, file.fileName)}:${first} has ${lines} lines`);
    }
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return found;
}

test(
  `no function has more than ${MOST_LINES} lines`,
  async () => {
    const files = await sourceFiles();
    expect(files.length).toBeGreaterThan(400);
    expect(files.flatMap(longFunctions)).toEqual([]);
  },
  TIMEOUT_MS,
);

test("half of the files have at most 75 lines, and nine of ten at most 170", async () => {
  const paths = [...new Glob("src/**/*.ts").scanSync(ROOT)];
  const lengths = await Promise.all(
    paths.map(async (path) => (await Bun.file(join(ROOT, path)).text()).split("\n").length - 1),
  );
  const sorted = lengths.toSorted((a, b) => a - b);
  const quantile = (share: number): number | undefined => sorted[Math.floor(share * sorted.length)];
  expect(quantile(0.5)).toBeLessThanOrEqual(75);
  expect(quantile(0.9)).toBeLessThanOrEqual(170);
});
