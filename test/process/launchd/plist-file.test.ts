import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Node } from "../../../src/model/node.ts";
import { parsePlist } from "../../../src/process/launchd/parse-plist.ts";
import { jobOf } from "../../../src/process/launchd/plist-file.ts";
import { type PlistDict, renderPlist } from "../../../src/process/launchd/plist-xml.ts";
import { ANY_CHARACTER } from "../../support/any-character.ts";
import { aNode } from "../../support/builders.ts";

const run = (argv: readonly string[], input: string): string => {
  const child = Bun.spawnSync([...argv], { stdin: new TextEncoder().encode(input) });
  expect(child.stderr.toString()).toBe("");
  expect(child.exitCode).toBe(0);
  return child.stdout.toString();
};
const PYTHON =
  "import plistlib,json,sys; print(json.dumps([plistlib.loads(p.encode()) for p in json.load(sys.stdin)]))";
/** How independent software, Python's plistlib, reads many lists in one call. */
const asPythonReads = (lists: readonly string[]): unknown =>
  JSON.parse(run(["python3", "-c", PYTHON], JSON.stringify(lists)));

const sign = fc.constantFrom("<", ">", "&", '"', "'", "]]>", "\r", "\n", "&lt;", "<!--", " ");
const text = fc
  .array(fc.oneof(sign, fc.string({ unit: ANY_CHARACTER, maxLength: 3 })), { maxLength: 10 })
  .map((parts) =>
    parts
      .join("")
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: characters that XML cannot carry at all.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ""),
  );
const { dict } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("dict"),
  ),
  dict: fc.dictionary(text, tie("value"), { maxKeys: 4, noNullPrototype: true }),
}));

test("values of every kind are read, even those that wnm never writes", () => {
  const values =
    "<integer>1</integer><real>1.5</real><false/><string/><dict/><array/><data>AA==</data><date>2026-01-01T00:00:00Z</date>";
  expect(parsePlist(`<plist><dict><key>a</key><array>${values}</array></dict></plist>`)).toEqual({
    a: [1, 1.5, false, "", {}, [], "AA==", "2026-01-01T00:00:00Z"],
  });
});

test("rendered lists read back unchanged, with our parser and with Python's plistlib", () => {
  const lists = fc.sample(dict, 200) as PlistDict[];
  for (const list of lists) expect(parsePlist(renderPlist(list))).toEqual(list);
  expect(asPythonReads(lists.map(renderPlist))).toEqual(lists);
});

const node: Node = aNode(7, {
  root_dir: "/Users/o'brien & <co>/Library/Application Support/autonomi/node/antnode0007",
  binary: "/Users/o'brien & <co>/Library/Application Support/autonomi/node/antnode0007/antnode",
  log_dir: "/Users/o'brien & <co>/Library/Logs/autonomi/antnode0007",
});
const launch = {
  program: "/p",
  args: ["--root-dir", node.root_dir],
  env: { A: "x\"<&>'y", HOME: "/Users/o'brien" },
};

test("a node's job has what launchd needs, and its words survive quoting", () => {
  const job = jobOf(node, launch, {
    domain: { name: "gui/501", session: "Aqua" },
    runs_as: undefined,
    stop_grace: 30,
  });
  const [read] = asPythonReads([renderPlist(job)]) as [Record<string, unknown>];
  expect(read).toEqual({
    Label: "com.autonomi.antnode-7",
    LimitLoadToSessionType: "Aqua",
    ProgramArguments: [node.binary, "--root-dir", node.root_dir],
    WorkingDirectory: node.root_dir,
    EnvironmentVariables: launch.env,
    RunAtLoad: true,
    KeepAlive: true,
    Umask: 0o077,
    ThrottleInterval: 15,
    ExitTimeOut: 30,
    SoftResourceLimits: { NumberOfFiles: 65_536 },
    HardResourceLimits: { NumberOfFiles: 65_536 },
    StandardOutPath: `${node.log_dir}/output.log`,
    StandardErrorPath: `${node.log_dir}/output.log`,
  });
});

test("a daemon names its account and no session", () => {
  const job = jobOf(node, launch, {
    domain: { name: "system", session: undefined },
    runs_as: "ant",
    stop_grace: 30,
  });
  expect(job.UserName).toBe("ant");
  expect("LimitLoadToSessionType" in job).toBe(false);
});

test("the system's own tool reads a node's job and returns it unchanged", () => {
  const job = jobOf(node, launch, {
    domain: { name: "user/501", session: "Background" },
    runs_as: undefined,
    stop_grace: 30,
  });
  const rendered = renderPlist(job);
  const tool =
    process.platform === "darwin"
      ? ["plutil", "-convert", "xml1", "-o", "-", "-"]
      : ["plistutil", "-i", "-", "-o", "-", "-f", "xml"];
  // plistutil exits with 0 even on failure, but then it prints no list.
  expect(parsePlist(run(tool, rendered))).toEqual(job);
});

test("lists by other authors are read: comments, entities, empty tags, CRLF", () => {
  const foreign =
    '<?xml version="1.0"?>\r\n<!-- Python wnm --><plist version="1.0">\r\n<dict>\r\n<key>Label</key><string>a &#38; b&#x21;</string>\r\n' +
    "<key>Empty</key><string/><key>List</key><array></array><key>On</key><true/></dict></plist>\r\n";
  expect(parsePlist(foreign)).toEqual({ Label: "a & b!", Empty: "", List: [], On: true });
});

test.each([
  ["nothing", ""],
  ["a list on top", "<plist><array/></plist>"],
  ["a cut file", renderPlist({ A: "b" }).slice(0, -20)],
  ["a bare ampersand", "<plist><dict><key>A</key><string>a & b</string></dict></plist>"],
  ["an unknown tag", "<plist><dict><key>A</key><blob>AA==</blob></dict></plist>"],
  ["a key without a value", "<plist><dict><key>A</key></dict></plist>"],
  ["no number", "<plist><dict><key>A</key><integer>x</integer></dict></plist>"],
  ["something behind the end", "<plist><dict/></plist><plist/>"],
])("%s is not a property list", (_, broken) => {
  expect(parsePlist(broken)).toBeUndefined();
});
