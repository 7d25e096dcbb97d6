import { type Call, lockOf } from "./call.ts";
import type { Request } from "./request.ts";

/** Hands the colony back: to anm, or to nobody. */
export async function leave(
  call: Call,
  request: Extract<Request, { kind: "undo anm" | "release" }>,
): Promise<void> {
  const { paths } = call.options;
  using _lock = lockOf(call);
  if (request.kind === "release") {
    const { release } = await import("./release.ts");
    await release(paths, call.world);
  } else {
    const { undoAnm } = await import("./anm/undo.ts");
    await undoAnm(paths, call.world);
  }
}
