import { readFileSync } from "node:fs";

/**
 * A mark of this machine that differs from every other's: a hash of machine-id(5), which itself should not leave the
 * machine, else of the host's name.
 */
export function hostMark(): string {
  return new Bun.CryptoHasher("sha256")
    .update(`wnm host mark ${machineId() ?? process.getBuiltinModule("node:os").hostname()}`)
    .digest("hex");
}

function machineId(): string | undefined {
  try {
    const id = readFileSync("/etc/machine-id", "utf8").trim();
    return id === "" ? undefined : id;
  } catch {
    return undefined;
  }
}
