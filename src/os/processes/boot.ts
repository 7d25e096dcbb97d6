import { UNKNOWN_BOOT } from "../../model/node.ts";
import { outputNow } from "../command.ts";
import { kernelText } from "../files/kernel-text.ts";

let boot: string | undefined;

/** The UUID of this boot; undefined if the kernel does not reveal it. */
export function bootId(): string | undefined {
  boot ??= uuidIn(
    process.platform === "darwin"
      ? outputNow(["sysctl", "-n", "kern.bootsessionuuid"])
      : kernelText("/proc/sys/kernel/random/boot_id"),
  );
  return boot;
}

/** The text, trimmed, if it is a UUID; undefined otherwise. */
export function uuidIn(text: string | undefined): string | undefined {
  const word = text?.trim() ?? "";
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(word) ? word : undefined;
}

/** The boot to record for a process running now. */
export const thisBoot = (): string => bootId() ?? UNKNOWN_BOOT;
