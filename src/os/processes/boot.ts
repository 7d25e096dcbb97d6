import { UNKNOWN_BOOT } from "../../model/node.ts";
import { outputNow } from "../command.ts";
import { kernelText } from "../files/kernel-text.ts";

let boot: string | undefined;

/** The identity of this boot, a UUID; undefined when the kernel does not say. */
export function bootId(): string | undefined {
  boot ??= uuidIn(
    process.platform === "darwin"
      ? outputNow(["sysctl", "-n", "kern.bootsessionuuid"])
      : kernelText("/proc/sys/kernel/random/boot_id"),
  );
  return boot;
}

/** The UUID that the text consists of, but for white space around it; undefined for any other text. */
export function uuidIn(text: string | undefined): string | undefined {
  const word = text?.trim() ?? "";
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(word) ? word : undefined;
}

/** What is recorded as the boot of a process that lives now. */
export const thisBoot = (): string => bootId() ?? UNKNOWN_BOOT;
