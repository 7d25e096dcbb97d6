import { isList, type PlistDict, type PlistValue } from "./plist-xml.ts";

/** Parses an XML plist(5) that is a dictionary; undefined for anything else. Data and dates stay text. Pure. */
export function parsePlist(text: string): PlistDict | undefined {
  const body = text.replace(/<\?xml.*?\?>|<!DOCTYPE[^>]*>|<!--.*?-->/gs, "");
  const tokens = [...body.matchAll(/<(\/?)([a-z]+)(?:\s[^>]*?)?(\/?)>|([^<]+)|(<)/g)];
  const cursor: Cursor = { tokens, at: 0 };
  try {
    open(cursor, "plist");
    const value = readValue(cursor);
    close(cursor, "plist");
    skipBlank(cursor);
    return cursor.at >= tokens.length && typeof value === "object" && !isList(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The document's tokens and the position of the next one. The functions below throw SyntaxError on an unexpected one. */
type Cursor = { readonly tokens: readonly RegExpMatchArray[]; at: number };

function readValue(cursor: Cursor): PlistValue {
  const { name, closing, empty } = readTag(cursor);
  if (closing) throw new SyntaxError(`</${name}> unexpected`);
  switch (name) {
    case "true":
    case "false":
      if (!empty) close(cursor, name);
      return name === "true";
    case "string":
    case "data":
    case "date":
      return empty ? "" : readText(cursor, name);
    case "integer":
    case "real": {
      const number = Number(readText(cursor, name).trim() || Number.NaN);
      if (!Number.isFinite(number)) throw new SyntaxError("number expected");
      return number;
    }
    case "array": {
      const items: PlistValue[] = [];
      while (!empty && !closes(cursor, name)) items.push(readValue(cursor));
      if (!empty) close(cursor, name);
      return items;
    }
    case "dict": {
      const pairs: [string, PlistValue][] = [];
      while (!empty && !closes(cursor, name)) {
        open(cursor, "key");
        pairs.push([readText(cursor, "key"), readValue(cursor)]);
      }
      if (!empty) close(cursor, name);
      return Object.fromEntries(pairs);
    }
    default:
      throw new SyntaxError(`<${name}> unexpected`);
  }
}

function open(cursor: Cursor, name: string): void {
  const tag = readTag(cursor);
  if (tag.name !== name || tag.closing || tag.empty) throw new SyntaxError(`<${name}> expected`);
}

function close(cursor: Cursor, name: string): void {
  const tag = readTag(cursor);
  if (tag.name !== name || !tag.closing) throw new SyntaxError(`</${name}> expected`);
}

function readTag(cursor: Cursor): { name: string; closing: boolean; empty: boolean } {
  skipBlank(cursor);
  const [, slash, name, end] = cursor.tokens[cursor.at++] ?? [];
  if (name === undefined) throw new SyntaxError("tag expected");
  return { name, closing: slash === "/", empty: end === "/" };
}

function readText(cursor: Cursor, name: string): string {
  const text = cursor.tokens[cursor.at]?.[4];
  if (text !== undefined) cursor.at++;
  close(cursor, name);
  return unescaped(text ?? "");
}

function closes(cursor: Cursor, name: string): boolean {
  skipBlank(cursor);
  const [, slash, found] = cursor.tokens[cursor.at] ?? [];
  return slash === "/" && found === name;
}

function skipBlank(cursor: Cursor): void {
  while (cursor.tokens[cursor.at]?.[4]?.trim() === "") cursor.at++;
}

const SIGNS: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w*));?/g, (whole, ten, hex, name) => {
      if (!whole.endsWith(";")) throw new SyntaxError("& that begins nothing");
      const code =
        ten === undefined ? (hex === undefined ? undefined : Number.parseInt(hex, 16)) : Number(ten);
      const sign =
        code === undefined ? SIGNS[name] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
      if (sign === undefined) throw new SyntaxError(`${whole} unknown`);
      return sign;
    });
}
