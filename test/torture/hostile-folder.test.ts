/** What a node may put into its own folder while wnm works there with more rights than the node. Needs root. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { commandRunner } from "../../src/os/command.ts";
import { accountFiles } from "../../src/os/files/account-files.ts";
import { type Files, ownFiles, plainFiles } from "../../src/os/files/node-files.ts";
import { nodePath } from "../../src/os/files/node-path.ts";

setDefaultTimeout(300_000);

/** An account that owns nothing; the node's. */
const NODE = { user: "daemon", uid: 1, gid: 1, readers: undefined };
const AS_NODE = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups"];

let place = "";
let trap = "";
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "wnm-hostile-folder-"));
  chmodSync(place, 0o755);
  trap = join(place, "trap");
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** A folder of the node, and next to it what nobody may touch. */
function aFolder(): string {
  for (const name of readdirSync(place)) rmSync(join(place, name), { recursive: true });
  mkdirSync(trap, { mode: 0o700 });
  writeFileSync(join(trap, "secret"), "of root", { mode: 0o600 });
  const folder = join(place, "antnode0001");
  mkdirSync(folder);
  chownSync(folder, NODE.uid, NODE.gid);
  return folder;
}

function expectUntouched(): void {
  expect(readdirSync(trap)).toEqual(["secret"]);
  expect(readFileSync(join(trap, "secret"), "utf8")).toBe("of root");
  for (const path of [trap, join(trap, "secret")]) {
    const { uid, mode, nlink } = statSync(path);
    expect([path, uid, mode & 0o077]).toEqual([path, 0, 0]);
    if (path !== trap) expect(nlink).toBe(1);
  }
}

const KINDS: Readonly<Record<string, Files>> = {
  "of root for the nodes' account": ownFiles(() => NODE),
  "of an operator through commands": accountFiles(
    commandRunner("/root"),
    { asRoot: [], asNode: AS_NODE },
    () => NODE,
  ),
};

/** Every operation in a node's folder; how each ends affects only the node. */
const ACTS: Readonly<Record<string, (files: Files, folder: string) => Promise<unknown>>> = {
  "a program": (files, folder) => files.installProgram("/bin/true", nodePath(folder, "antnode")),
  "a text": (files, folder) => files.writeText(nodePath(folder, "ant-node.toml"), `${Math.random()}`),
  "a key": (files, folder) => files.placePrivate(nodePath(folder, "key"), Buffer.from("k")),
  "a key's mode": (files, folder) => files.closePrivate(nodePath(folder, "key")),
  "a key's content": (files, folder) => files.readPrivate(nodePath(folder, "key")),
  "a log folder": (files, folder) => files.makeFolder(nodePath(folder, "logs"), "one node's"),
};

/** What a node can create under a name. */
const PLANTS: Readonly<Record<string, (path: string) => unknown>> = {
  "a link to a file": (path) => symlinkSync(join(trap, "secret"), path),
  "a link to a folder": (path) => symlinkSync(trap, path),
  "a link to nothing": (path) => symlinkSync(join(trap, "new"), path),
  "a pipe": (path) => $`mkfifo ${path}`.quiet(),
  "a folder": (path) => mkdirSync(path),
  "a device's name": (path) => symlinkSync("/dev/zero", path),
};

describe.each(Object.entries(KINDS))("files %s", (_, files) => {
  test("whatever is planted under any name, nothing outside is touched and no run blocks", async () => {
    for (const [what, act] of Object.entries(ACTS)) {
      for (const [plant, put] of Object.entries(PLANTS)) {
        for (const name of ["antnode", "ant-node.toml", "key", "logs"]) {
          for (const planted of [name, `${name}.new`]) {
            const folder = aFolder();
            await put(join(folder, planted));
            const began = performance.now();
            await act(files, folder).catch((error: unknown) => expect(String(error)).toContain(folder));
            expect([what, plant, planted, performance.now() - began < 25_000]).toEqual([
              what,
              plant,
              planted,
              true,
            ]);
            expectUntouched();
          }
        }
      }
    }
  });

  test("a node that swaps names while files are made gains nothing", async () => {
    const folder = aFolder();
    const names = ["antnode", "ant-node.toml", "key", "antnode.new", "ant-node.toml.new", "key.new", "logs"];
    const swap = `cd "$1" && shift && while :; do for n; do ln -sfn ${trap}/secret "$n"; mv -f "$n" aside; ln -sfn ${trap} "$n"; rm -f "$n"; mkfifo "$n"; rm -rf "$n"; done; done 2>/dev/null`;
    const racer = Bun.spawn([...AS_NODE, "sh", "-c", swap, "racer", folder, ...names], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    try {
      for (let turn = 0; turn < 40; turn++)
        for (const act of Object.values(ACTS)) await act(files, folder).catch(() => undefined);
    } finally {
      racer.kill("SIGKILL");
      await racer.exited;
    }
    expectUntouched();
  });

  test("a folder that was swapped for a link is not used, and nothing behind the link is deleted", async () => {
    const folder = aFolder();
    rmSync(folder, { recursive: true });
    symlinkSync(trap, folder);
    await expect(files.makeFolder(folder, "one node's")).rejects.toThrow("a link or a file has its name");
    await expect(files.removeFolder(folder, place)).rejects.toThrow("is not removed");
    for (const act of Object.values(ACTS)) await act(files, folder).catch(() => undefined);
    expectUntouched();
  });

  test("a removal deletes links, not their targets", async () => {
    const folder = aFolder();
    symlinkSync(trap, join(folder, "link"));
    mkdirSync(join(folder, "deep", "er"), { recursive: true });
    symlinkSync(trap, join(folder, "deep", "er", "link"));
    await files.removeFolder(folder, place);
    expect(lstatSync(folder, { throwIfNoEntry: false })).toBeUndefined();
    expectUntouched();
  });

  test("new files belong to the node and are closed to other accounts", async () => {
    const folder = aFolder();
    await files.makeFolder(folder, "one node's");
    await files.makeFolder(nodePath(folder, "logs"), "one node's");
    for (const what of ["a program", "a text", "a key"]) await ACTS[what]?.(files, folder);
    const modes = Object.fromEntries(
      ["", "logs", "antnode", "ant-node.toml", "key"].map((name) => {
        const { uid, mode } = statSync(join(folder, name));
        return [name, [uid, (mode & 0o7777).toString(8)]];
      }),
    );
    expect(modes).toEqual({
      "": [1, "700"],
      logs: [1, "700"],
      antnode: [1, "755"],
      "ant-node.toml": [1, "644"],
      key: [1, "600"],
    });
  });
});

test("another account's file to which a node gave a second name is not opened", async () => {
  const folder = aFolder();
  linkSync(join(trap, "secret"), join(folder, "key"));
  const place = nodePath(folder, "key");
  for (const files of [plainFiles, KINDS["of root for the nodes' account"]]) {
    await expect(files?.readPrivate(place)).rejects.toThrow("second name");
    await expect(files?.closePrivate(place)).rejects.toThrow("second name");
  }
  rmSync(join(folder, "key"));
  expectUntouched();
});
