import type { Container } from "../model/container.ts";
import type { Containers } from "../process/manager.ts";

/** Containers of which the latest look at the nodes has told something new. */
export function withNews(
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
