import { textOf } from "./files/open-regular.ts";

/** A mark unique to this machine: a hash of machine-id(5), which must not leave the machine itself, or of the host name. */
export function hostMark(): string {
  return new Bun.CryptoHasher("sha256")
    .update(`wnm host mark ${machineId() ?? process.getBuiltinModule("node:os").hostname()}`)
    .digest("hex");
}

function machineId(): string | undefined {
  const id = textOf("/etc/machine-id", "system")?.trim();
  return id === "" ? undefined : id;
}
