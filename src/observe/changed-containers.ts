import type { Container } from "../model/container.ts";
import type { Containers } from "../process/contract/manager.ts";

/** Containers that the latest inspection of the nodes shows in another state than the stored one, as they are now. */
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
