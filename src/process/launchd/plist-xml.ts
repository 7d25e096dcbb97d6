/** A value of a property list, of the types that launchd's jobs use. */
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

/** True for an array of a property list. */
export const isList = (value: PlistValue): value is readonly PlistValue[] => Array.isArray(value);

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

/** XML 1.0 cannot write most control characters, U+FFFE and U+FFFF. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r\x7f-\x9f]|[\ufffe\uffff]/gu, "")
    .replace(/[&<>\r]/g, (sign) => ENTITIES[sign] ?? sign);
