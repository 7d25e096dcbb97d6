import type { Overview } from "./overview.ts";

type Disk = Overview["disk"];

/** A longer forecast is meaningless. */
const MOST_DAYS = 730;

/** "full (90 %) in about 38 days"; undefined when the disk does not fill up or that is unknown. */
export function shownForecast({ days_until_full: days, hd_remove }: Disk): string | undefined {
  if (days === undefined) return undefined;
  if (days > MOST_DAYS) return `not full (${hd_remove} %) within 2 years`;
  const about = days < 2 ? `${Math.max(1, Math.round(days * 24))} h` : `${Math.round(days)} days`;
  return `full (${hd_remove} %) in about ${about}`;
}
