import type { Container } from "../model/container.ts";
import type { Containers } from "../process/contract/manager.ts";

/** Containers whose state in the latest inspection differs from the stored one. */
export function changedContainers(
  containers: readonly Container[],
  manager: Containers | undefined,
): readonly Container[] {
  const seen = manager?.seen();
  return containers.flatMap((container) => {
    const news = seen?.get(container.name);
    const known =
      news === undefined || (news.status === container.status && news.engine_id === container.engine_id);
    return known ? [] : [{ ...container, ...news }];
  });
}
