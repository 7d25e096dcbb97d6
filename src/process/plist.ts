/** A value of a property list, as far as launchd's jobs need it. */
export type PlistValue =
  | string
  | number
  | boolean
  | readonly PlistValue[]
  | { readonly [key: string]: PlistValue };
export type PlistDict = { readonly [key: string]: PlistValue };

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

/** The dictionary as an XML property list, plist(5). Characters that XML cannot carry are left out. Pure. */
export const renderPlist = (dict: PlistDict): string => `${HEAD}${render(dict, "")}\n</plist>\n`;

function render(value: PlistValue, indent: string): string {
  if (typeof value === "string") return `${indent}<string>${escaped(value)}</string>`;
  if (typeof value === "number") {
    const type = Number.isInteger(value) ? "integer" : "real";
    return `${indent}<${type}>${value}</${type}>`;
  }
  if (typeof value === "boolean") return `${indent}<${value}/>`;
  const inner = `${indent}\t`;
  if (isList(value)) {
    if (value.length === 0) return `${indent}<array/>`;
    return `${indent}<array>\n${value.map((item) => `${render(item, inner)}\n`).join("")}${indent}</array>`;
  }
  const pairs = Object.entries(value).map(
    ([key, item]) => `${inner}<key>${escaped(key)}</key>\n${render(item, inner)}\n`,
  );
  return pairs.length === 0 ? `${indent}<dict/>` : `${indent}<dict>\n${pairs.join("")}${indent}</dict>`;
}

const isList = (value: PlistValue): value is readonly PlistValue[] => Array.isArray(value);

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

const escaped = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write these.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[&<>\r]/g, (sign) => ENTITIES[sign] ?? sign);

/** Reads an XML property list whose top is a dictionary. undefined when it is anything else or not well formed. Data and dates stay text. Pure. */
export function parsePlist(text: string): PlistDict | undefined {
  const body = text.replace(/<\?xml.*?\?>|<!DOCTYPE[^>]*>|<!--.*?-->/gs, "");
  const tokens = [...body.matchAll(/<(\/?)([a-z]+)(?:\s[^>]*?)?(\/?)>|([^<]+)|(<)/g)];
  const reader = new Reader(tokens);
  try {
    reader.open("plist");
    const value = reader.value();
    reader.close("plist");
    return reader.atEnd() && typeof value === "object" && !isList(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Walks over tags and text; every method throws SyntaxError where the document is not as it should be. */
class Reader {
  readonly #tokens: readonly RegExpMatchArray[];
  #at = 0;

  constructor(tokens: readonly RegExpMatchArray[]) {
    this.#tokens = tokens;
  }

  atEnd(): boolean {
    this.#skipBlank();
    return this.#at >= this.#tokens.length;
  }

  open(name: string): void {
    const tag = this.#tag();
    if (tag.name !== name || tag.closing || tag.empty) throw new SyntaxError(`<${name}> expected`);
  }

  close(name: string): void {
    const tag = this.#tag();
    if (tag.name !== name || !tag.closing) throw new SyntaxError(`</${name}> expected`);
  }

  value(): PlistValue {
    const { name, closing, empty } = this.#tag();
    if (closing) throw new SyntaxError(`</${name}> unexpected`);
    switch (name) {
      case "true":
      case "false":
        if (!empty) this.close(name);
        return name === "true";
      case "string":
      case "data":
      case "date":
        return empty ? "" : this.#text(name);
      case "integer":
      case "real": {
        const number = Number(this.#text(name).trim() || Number.NaN);
        if (!Number.isFinite(number)) throw new SyntaxError("number expected");
        return number;
      }
      case "array": {
        const items: PlistValue[] = [];
        while (!empty && !this.#closes(name)) items.push(this.value());
        if (!empty) this.close(name);
        return items;
      }
      case "dict": {
        const pairs: [string, PlistValue][] = [];
        while (!empty && !this.#closes(name)) {
          this.open("key");
          pairs.push([this.#text("key"), this.value()]);
        }
        if (!empty) this.close(name);
        return Object.fromEntries(pairs);
      }
      default:
        throw new SyntaxError(`<${name}> unexpected`);
    }
  }

  #tag(): { name: string; closing: boolean; empty: boolean } {
    this.#skipBlank();
    const [, slash, name, end] = this.#tokens[this.#at++] ?? [];
    if (name === undefined) throw new SyntaxError("tag expected");
    return { name, closing: slash === "/", empty: end === "/" };
  }

  #text(name: string): string {
    const text = this.#tokens[this.#at]?.[4];
    if (text !== undefined) this.#at++;
    this.close(name);
    return unescaped(text ?? "");
  }

  #closes(name: string): boolean {
    this.#skipBlank();
    const [, slash, found] = this.#tokens[this.#at] ?? [];
    return slash === "/" && found === name;
  }

  #skipBlank(): void {
    while (this.#tokens[this.#at]?.[4]?.trim() === "") this.#at++;
  }
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
