import { splitWords } from "../settings/split-words.ts";

/**
 * Parses a file of shell assignments without running it. `computed`: names of variables whose value only a shell could
 * compute, and which are left out. Pure.
 */
export function readAssignments(text: string): {
  readonly values: ReadonlyMap<string, string>;
  readonly computed: readonly string[];
} {
  const values = new Map<string, string>();
  const computed = new Set<string>();
  for (const line of text.split("\n")) {
    const [, name, raw] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name === undefined || raw === undefined) continue;
    const value = textMeant(raw);
    if (value === undefined) {
      computed.add(name);
      values.delete(name);
    } else {
      values.set(name, value);
      computed.delete(name);
    }
  }
  return { values, computed: [...computed] };
}

function textMeant(raw: string): string | undefined {
  const plain = raw.replace(/(^|\s)#.*$/, "").trim();
  const quoted = /^'[^']*'$/.test(plain);
  if (!quoted && /[$`]|^\(/.test(plain)) return undefined;
  return splitWords(plain.replace(/;\s*$/, ""))?.join(" ");
}
