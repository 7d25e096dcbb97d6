import { dlopen, type Pointer, read } from "bun:ffi";

const is_mac = process.platform === "darwin";
/** musl can be loaded under the name of glibc too. */
const FILE = is_mac ? "/usr/lib/libSystem.B.dylib" : "libc.so.6";

/** Functions of the C library that wnm calls. */
export type CLibrary = {
  /** flock(2): 0 when it could lock. */
  readonly flock: (fd: number, operation: number) => number;
  /** errno(3) of the call before. */
  readonly errno: () => number;
  /** clock_gettime(2): 0 when it wrote seconds and nanoseconds. */
  readonly clockGettime: (clock: number, time: BigInt64Array) => number;
};

const PLACE = { args: [], returns: "ptr" } as const;
const FUNCTIONS = {
  flock: { args: ["i32", "i32"], returns: "i32" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
} as const;

let library: CLibrary | undefined;

/** The C library, opened once. Throws if it cannot be called, as in a process that may not create executable memory. */
export function cLibrary(): CLibrary {
  library ??= opened();
  return library;
}

function opened(): CLibrary {
  const { flock, clock_gettime, ...places } = is_mac
    ? dlopen(FILE, { ...FUNCTIONS, __error: PLACE }).symbols
    : dlopen(FILE, { ...FUNCTIONS, __errno_location: PLACE }).symbols;
  const at = "__error" in places ? places.__error() : places.__errno_location();
  if (at === null) throw new Error("errno has no place");
  return { flock, clockGettime: clock_gettime, errno: () => read.i32(Number(at) as Pointer) };
}
