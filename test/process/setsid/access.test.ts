import { expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandRunner } from "../../../src/os/command.ts";
import { plainFiles } from "../../../src/os/files/node-files.ts";
import { elevatedAccess } from "../../../src/process/setsid/access.ts";
import { until } from "../../machine/machine.ts";
import { aNode } from "../../support/builders.ts";
import { aGrace } from "../../support/grace.ts";

setDefaultTimeout(300_000);

const AS_NODE = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups"];

/** The commands run through sudo, as sudo's log would show them, and the rights used to run them. */
function observed(readers: number | undefined) {
  const argv: string[] = [];
  const run = commandRunner("/root");
  const access = elevatedAccess({
    run: (words, options) => {
      argv.push(words.join(" "));
      return run(words, options);
    },
    is_root: false,
    asRoot: [],
    asNode: AS_NODE,
    account: { user: "daemon", home: "/" },
    files: plainFiles,
    readers: () => readers,
    sleep: Bun.sleep,
    grace: aGrace(),
  });
  return { access, argv };
}

test("a node of another account gets its exact variables and its own umask, and no command line shows them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wnm-spawn-"));
  try {
    chmodSync(folder, 0o755);
    const [binary, out] = [join(folder, "antnode"), join(folder, "out")];
    writeFileSync(
      binary,
      `#!/bin/sh\n(umask; tr '\\0' '\\n' </proc/$$/environ) >${out}.new && mv ${out}.new ${out}\n`,
      { mode: 0o755 },
    );
    chownSync(folder, 1, 1);
    const env = { PATH: "/usr/bin:/bin", TOKEN: "it's $secret `x` \"\\", EMPTY: "" };
    for (const [readers, umask] of [
      [undefined, "0077"],
      [1000, "0027"],
    ] as const) {
      rmSync(out, { force: true });
      const { access, argv } = observed(readers);
      await access.spawn(aNode(1, { binary, root_dir: folder }), { program: binary, args: ["a b"], env }, 0);
      await until(() => existsSync(out), "the node to have run", 60_000);
      const [mask, ...variables] = readFileSync(out, "utf8").trim().split("\n");
      expect(mask).toBe(umask);
      const own = variables.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
      expect(own.toSorted()).toEqual(
        Object.entries(env)
          .map(([name, value]) => `${name}=${value}`)
          .toSorted(),
      );
      expect(argv.join(" ")).not.toContain("secret");
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a failed start as another account reports the node's error without colours, whatever is in place of the output file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wnm-spawn-"));
  try {
    chmodSync(folder, 0o755);
    const [binary, output] = [join(folder, "ant-node"), join(folder, "output.log")];
    writeFileSync(binary, "#!/bin/sh\nprintf '\\033[31mError:\\033[0m no room %s\\n' \"$1\" >&2; exit 1\n", {
      mode: 0o755,
    });
    chownSync(folder, 1, 1);
    const { access } = observed(undefined);
    const node = aNode(1, { binary, root_dir: folder, log_dir: folder, software: "ant-node" });
    const start = (word: string) => access.spawn(node, { program: binary, args: [word], env: {} }, 500);
    expect((await start("first")).ended).toBe("Error: no room first");
    for (const plant of [
      ["mkfifo", output],
      ["ln", "-s", "/nowhere/file", output],
    ]) {
      rmSync(output, { recursive: true });
      Bun.spawnSync([...AS_NODE, ...plant]);
      expect((await start("again")).ended).toBe("Error: no room again");
      expect(access.lastError(node)).toBe("Error: no room again");
    }
    rmSync(output);
    mkdirSync(output);
    const spawned = await start("unheard");
    expect([spawned.ended, typeof spawned.pid]).toEqual([undefined, "number"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a signal to a process group with a small number is not mistaken for a signal number", async () => {
  // In a separate list of processes the numbers are small.
  const script = `i=0; while [ $i -lt 20 ]; do /bin/true; i=$((i+1)); done; setsid sleep 60 & sleep 0.1
    exec bun "${import.meta.dirname}/small-group.ts" $!`.replace("bun ", `${process.execPath} `);
  const child = Bun.spawn(
    ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script],
    {
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [stdout, stderr, code] = [await child.stdout.text(), await child.stderr.text(), await child.exited];
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "gone\n", stderr: "" });
});
