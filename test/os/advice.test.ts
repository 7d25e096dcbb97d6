import { expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ADVICE = resolve(import.meta.dir, "../../src/os/advice.ts");
const SCRIPT = `import { asRoot, whoHolds } from ${JSON.stringify(ADVICE)};
console.log(asRoot("chown you /srv")); console.log(whoHolds(4711));`;

const root = process.getuid?.() === 0 ? [] : ["sudo", "-n"];

/** What is advised on a machine with these programs alone, in a mount namespace of its own. */
async function advised(programs: readonly string[], uid: number): Promise<readonly string[]> {
  const box = mkdtempSync(join(tmpdir(), "wnm-advice-"));
  try {
    mkdirSync(join(box, "bin"));
    for (const name of programs) writeFileSync(join(box, "bin", name), "", { mode: 0o755 });
    writeFileSync(join(box, "say.ts"), SCRIPT);
    cpSync(process.execPath, join(box, "bun"));
    const folders = "/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin";
    const setpriv = `setpriv --reuid ${uid} --regid ${uid} --clear-groups`;
    // The shell and setpriv are open before their folders are covered; bun is started by setpriv.
    const script = `cp "$(command -v setpriv)" ${box}/setpriv; chmod -R a+rX ${box}
for folder in ${folders}; do [ -d "$folder" ] && [ ! -L "$folder" ] && set -- "$@" "$folder"; done
cp "$(command -v mount)" ${box}/mount
for folder in "$@"; do ${box}/mount --bind ${box}/bin "$folder"; done
exec ${box}/${setpriv} ${box}/bun ${box}/say.ts`;
    const child = Bun.spawn([...root, "unshare", "-m", "--propagation", "private", "sh", "-c", script], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: box },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
    return out.trim().split("\n");
  } finally {
    rmSync(box, { recursive: true, force: true });
  }
}

test.each([
  [["sudo", "ss"], 1000, "sudo chown you /srv", "see who it is with: sudo ss -lntup | grep ':4711 '"],
  [
    ["doas", "netstat"],
    1000,
    "doas chown you /srv",
    "see who it is with: doas netstat -lntup | grep ':4711 '",
  ],
  [["netstat"], 0, "chown you /srv", "see who it is with: netstat -lntup | grep ':4711 '"],
  [
    [],
    1000,
    "as root: chown you /srv",
    "find out which program holds it and end that, or give the node another port",
  ],
] as const)(
  "only programs that are there are advised: %p for account %d",
  async (programs, uid, root, holder) => {
    expect(await advised(programs, uid)).toEqual([root, holder]);
  },
  60_000,
);
