import type { Database } from "bun:sqlite";
import { dirname } from "node:path";
import { grow, isLittle, type Room, roomIn, takeBallast } from "../os/files/ballast.ts";
import { keepLog } from "./connect.ts";
import { hasLog } from "./journal.ts";
import { FRAME_HEADER_BYTES } from "./replay-wal.ts";

/** The log collects transactions up to this many pages, then they move into the database. */
export const LOG_PAGES = 256;
const LOG_STEP_BYTES = 512 * 1024;
/** Free pages of the database, so that growing rows need no new block. */
const SPARE_PAGES = 16;

/** Sets aside what later runs need on a full disk: blocks of the log, free pages, ballast. Does nothing on a short disk. */
export function setRoomAside(db: Database): void {
  const folder = dirname(db.filename);
  const room = roomIn(folder);
  keepLog(db, true);
  if (room === undefined || isLittle(room)) return;
  const { page_size, page_count, freelist_count } = pagesOf(db);
  if (freelist_count < SPARE_PAGES / 2) addSparePages(db, page_size);
  takeRoomOfLog(db, { page_size, page_count }, room);
  takeBallast(folder, room);
}

/** Blocks of the log. SQLite takes any file with its name for one, so a database with a rollback journal gets none. */
function takeRoomOfLog(
  db: Database,
  { page_size, page_count }: Pick<Pages, "page_size" | "page_count">,
  room: Room,
): void {
  if (!hasLog(db)) return;
  // In the worst case one transaction changes every page.
  const logBytes = (LOG_PAGES + page_count) * (page_size + FRAME_HEADER_BYTES);
  // Grows in large steps, so few runs have to do it.
  grow(`${db.filename}-wal`, Math.ceil(logBytes / LOG_STEP_BYTES) * LOG_STEP_BYTES, room);
}

type Pages = { readonly page_size: number; readonly page_count: number; readonly freelist_count: number };

function pagesOf(db: Database): Pages {
  const sql =
    "SELECT page_size, page_count, freelist_count FROM pragma_page_size, pragma_page_count, pragma_freelist_count";
  return db.query<Pages, []>(sql).get() ?? { page_size: 0, page_count: 0, freelist_count: SPARE_PAGES };
}

function addSparePages(db: Database, pageSize: number): void {
  db.transaction(() => {
    db.run("CREATE TABLE wnm_spare (room BLOB)");
    db.query("INSERT INTO wnm_spare VALUES (zeroblob(?))").run(SPARE_PAGES * pageSize);
    db.run("DROP TABLE wnm_spare");
  }).immediate();
}
