import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { CACHE, madeOnce } from "./release.ts";

/**
 * What Debian's libstdc++ and libgcc, which were built for glibc, need beyond musl; almost none of it is called.
 * On amd64 they look for it in glibc's loader, so the shim has that name; on arm64 it must be preloaded.
 */
const SHIM = {
  amd64: {
    loader: "ld-linux-x86-64.so.2",
    tools: "",
    text: `
arc4random: movl $4, %eax; ret
__strftime_l: jmp strftime_l@PLT
__cxa_thread_atexit_impl: xorl %eax, %eax; ret
_dl_find_object: movl $-1, %eax; ret
__cpu_indicator_init: xorl %eax, %eax; ret
`,
  },
  arm64: {
    loader: "ld-linux-aarch64.so.1",
    tools: "aarch64-linux-gnu-",
    text: `
arc4random: mov w0, 4; ret
__strftime_l: b strftime_l
__getauxval: b getauxval
__cxa_thread_atexit_impl: mov w0, 0; ret
_dl_find_object: mov w0, -1; ret
__cpu_indicator_init: mov w0, 0; ret
`,
  },
} as const;
const DATA = "__libc_single_threaded: .long 0\n__cpu_model: .long 0, 0, 0, 0\n";

/** The shim's path inside the root. */
export const SHIM_PATH = { amd64: `/lib/${SHIM.amd64.loader}`, arm64: `/lib/${SHIM.arm64.loader}` } as const;

type Architecture = keyof typeof SHIM;

async function must(argv: readonly string[], input = ""): Promise<void> {
  const child = Bun.spawn([...argv], {
    stdin: new TextEncoder().encode(input),
    stdout: "ignore",
    stderr: "pipe",
  });
  const [complaint, code] = await Promise.all([child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${code}: ${complaint}`);
}

/**
 * The path of a root file system with musl, libstdc++ and a static busybox as its shell: the closest to Alpine that
 * Debian's packages allow. Created once.
 */
export async function muslRoot(architecture: Architecture): Promise<string> {
  const { loader, tools, text } = SHIM[architecture];
  const recipe = createHash("sha256").update(`${text}${DATA}`).digest("hex").slice(0, 8);
  const root = join(CACHE, `musl-${architecture}-${recipe}`);
  await madeOnce(root, async (draft) => {
    const packages = `${draft}.packages`;
    const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
    const include = "--include=musl,libstdc++6,libgcc-s1,busybox-static";
    await must([
      ...[...sudo, "mmdebstrap", "--quiet", "--mode=root", "--variant=extract"],
      ...[`--architectures=${architecture}`, include, "bookworm", packages],
    ]);
    const cpu = architecture === "amd64" ? "x86_64" : "aarch64";
    for (const folder of ["bin", "lib", "tmp", "etc", "home", "dev", "proc"])
      mkdirSync(join(draft, folder), { recursive: true });
    const from = (path: string) => join(packages, path);
    const to = (path: string) => join(draft, path);
    copyFileSync(from(`lib/${cpu}-linux-musl/libc.so`), to(`lib/ld-musl-${cpu}.so.1`));
    chmodSync(to(`lib/ld-musl-${cpu}.so.1`), 0o755);
    symlinkSync(`ld-musl-${cpu}.so.1`, to(`lib/libc.musl-${cpu}.so.1`));
    copyFileSync(from(`usr/lib/${cpu}-linux-gnu/libstdc++.so.6`), to("lib/libstdc++.so.6"));
    copyFileSync(from(`lib/${cpu}-linux-gnu/libgcc_s.so.1`), to("lib/libgcc_s.so.1"));
    copyFileSync(from("bin/busybox"), to("bin/busybox"));
    for (const applet of ["sh", "ls", "env"]) symlinkSync("busybox", to(`bin/${applet}`));
    const globals = [...`${text}${DATA}`.matchAll(/^(\w+):/gm)]
      .map(([, name]) => `.globl ${name}`)
      .join("\n");
    const shim = `${globals}\n.text\n${text}.data\n${DATA}`;
    await must([`${tools}as`, "-o", `${draft}.o`, "-"], shim.replaceAll(/; /g, "\n"));
    await must([`${tools}ld`, "-shared", "-soname", loader, "-o", to(`lib/${loader}`), `${draft}.o`]);
    await must([...sudo, "rm", "-rf", "--one-file-system", packages]);
  });
  return root;
}
