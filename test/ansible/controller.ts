import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** Where scripts/requirements.sh installs Ansible. */
export const BIN = join(process.env.WNM_ANSIBLE ?? join(homedir(), ".cache/wnm-ansible"), "bin");

/** How a program of Ansible ended, with everything that it printed. */
export type Said = { readonly code: number; readonly said: string };

/** An operator's machine: a folder with Ansible's files, and the collection as it is packaged. */
export type Controller = Disposable & {
  readonly folder: string;
  /** Runs a program of Ansible; `heard` receives what it has printed so far. */
  readonly ansible: (argv: readonly string[], heard?: (said: string) => void) => Promise<Said>;
  /** Runs a playbook of the collection on hosts.yml. */
  readonly play: (name: string, ...args: readonly string[]) => Promise<Said>;
};

/** The number for a machine in the recap of a play. */
export const recap = (said: string, machine: string, what: string): number =>
  Number(new RegExp(`^${machine} +:.*\\b${what}=(\\d+)`, "m").exec(said)?.[1] ?? Number.NaN);

/** Creates one with the collection installed; `place` is put in front of each call, to run it somewhere else. */
export async function controller(place: readonly string[] = []): Promise<Controller> {
  const folder = mkdtempSync(join(tmpdir(), "wnm-ansible-"));
  mkdirSync(join(folder, "controller"));
  const ansible: Controller["ansible"] = async ([program = "", ...args], heard) => {
    const child = Bun.spawn([...place, join(BIN, program), ...args], {
      cwd: folder,
      env: {
        PATH: `${BIN}:${process.env.PATH}`,
        HOME: join(folder, "controller"),
        ANSIBLE_COLLECTIONS_PATH: join(folder, "collections"),
        ANSIBLE_NOCOLOR: "1",
        ANSIBLE_LOCALHOST_WARNING: "0",
        LC_ALL: "C.UTF-8",
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const stderr = child.stderr.text();
    let said = "";
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) {
      said += decoder.decode(bytes, { stream: true });
      heard?.(said);
    }
    return { code: await child.exited, said: said + (await stderr) };
  };
  const must = async (words: string, ...argv: readonly string[]): Promise<string> => {
    const { said } = await ansible(argv);
    if (!said.includes(words)) throw new Error(`${argv.join(" ")}: ${said}`);
    return said;
  };
  const built = ["ansible-galaxy", "collection", "build", join(ROOT, "scripts/ansible")];
  const packed = /\S+\.tar\.gz/.exec(await must("Created collection", ...built))?.[0] ?? "";
  const install = ["ansible-galaxy", "collection", "install", "--offline", packed, "-p", "collections"];
  await must("was installed successfully", ...install);
  return {
    folder,
    ansible,
    play: (name, ...args) =>
      ansible(["ansible-playbook", "-i", "hosts.yml", `autonomi.wnm.${name}`, ...args]),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
