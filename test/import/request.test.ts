import { describe, expect, test } from "bun:test";
import type { Request } from "../../src/commands/request.ts";
import { requestOf } from "../../src/commands/request-of.ts";
import type { NodeId } from "../../src/model/node.ts";
import { fromArguments } from "../../src/settings/arguments.ts";
import { resolveOnce } from "../../src/settings/resolve.ts";

function asked(line: string): { request: Request; issues: readonly string[] } {
  const { given } = fromArguments(line.split(" "));
  const { request, issues } = requestOf(resolveOnce(given).once, given);
  return { request, issues: issues.map(({ message }) => message) };
}

describe("commands that take over and release nodes", () => {
  test.each([
    ["--init --rewards_address donate", { kind: "init", from: "nothing", dry_run: false }],
    ["--init --import", { kind: "init", from: "existing nodes", dry_run: false }],
    ["--init --import --dry_run", { kind: "init", from: "existing nodes", dry_run: true }],
    ["--import", { kind: "import", dry_run: false, ids: undefined, folder: undefined }],
    ["--import --dry_run --json", { kind: "import", dry_run: true, ids: undefined, folder: undefined }],
    [
      "--import --from /mnt/d --service_name 7",
      { kind: "import", dry_run: false, ids: [7 as NodeId], folder: "/mnt/d" },
    ],
    ["--init --migrate_anm", { kind: "init", from: "anm", dry_run: false }],
    ["--migrate_anm --undo", { kind: "undo" }],
    ["--release", { kind: "release" }],
  ] as const)("%s is a valid request", (line, request) => {
    expect(asked(line)).toEqual({ request: request as Request, issues: [] });
  });

  test.each([
    "--init --dry_run",
    "--init --migrate_anm --dry_run",
    "--init --import --migrate_anm",
    "--init --release",
    "--init --undo",
    "--init --import --report node-status",
    "--import --release",
    "--import --to /mnt/d",
    "--import --node_cap 5",
    "--import --force_action add",
    "--init --import --from /mnt/d",
    "--migrate_anm",
    "--undo",
    "--release --dry_run",
    "--release --force_action stop",
    "--migrate_anm --undo --report node-status",
    "--migrate_anm --undo --release",
  ])("%s is refused", (line) => {
    expect(asked(line).issues).not.toEqual([]);
  });
});
