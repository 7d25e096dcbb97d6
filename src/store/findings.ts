import type { Database } from "bun:sqlite";
import type { OpenFinding } from "../model/finding.ts";
import type { NodeId } from "../model/node.ts";
import { isFigure, type StoredRow } from "./columns.ts";

/** The findings of the last run. Skips unreadable rows, since the next run finds the problem again. */
export function readFindings(db: Database): readonly OpenFinding[] {
  return db
    .query<StoredRow, []>("SELECT * FROM finding")
    .all()
    .flatMap((row) => {
      const { key, node, subject, severity, since, open, sentence, cure } = row;
      if (typeof key !== "string" || typeof subject !== "string" || typeof sentence !== "string") return [];
      if (severity !== "warning" && severity !== "bad") return [];
      if (!isWhole(node) || !isWhole(since)) return [];
      return {
        key,
        severity,
        sentence,
        since,
        open: open === 1,
        ...(typeof cure === "string" && { cure }),
        ...(node > 0 && { node: node as NodeId }),
        ...(subject !== "" && { subject }),
      };
    });
}

const isWhole = (value: StoredRow[string] | undefined): value is number =>
  value !== undefined && isFigure(value) && Number.isSafeInteger(value);

/** Replaces all findings. */
export function saveFindings(db: Database, findings: readonly OpenFinding[]): void {
  db.run("DELETE FROM finding");
  const insert = db.query(
    "INSERT OR REPLACE INTO finding (key, node, subject, severity, since, open, sentence, cure) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  for (const { key, node, subject, severity, since, open, sentence, cure } of findings)
    insert.run(key, node ?? 0, subject ?? "", severity, since, open ? 1 : 0, sentence, cure ?? null);
}
